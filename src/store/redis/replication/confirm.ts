// What WAIT and WAITAOF prove. Both answer how many replicas have acknowledged the replication
// stream up to the last write of *this connection*: WAIT what they have in memory, WAITAOF what they
// have on disk. So they prove something about a write only if they are sent after it, on the same
// connection, and the write succeeded.

import { Command, type Redis } from 'ioredis';
import type { StoreDurability } from '../../durability.ts';
import type { ScriptArguments } from '../scripts/script.ts';

/** What is to be confirmed of all that was written on a connection so far. */
export type Confirmation = {
  level: 'replicated' | 'synced';
  replicas: number;
  /** How long the server waits for the replicas. */
  timeoutMs: number;
  /** How long to wait for the server beyond that. */
  graceMs: number;
};

/** Asks, on this connection and at once, how safely everything written on it is kept. Resolves with
 * the durability that was confirmed in time, at most `level`; `stored` also where no answer came. */
export async function confirm(
  client: Redis,
  { level, replicas, timeoutMs, graceMs }: Confirmation,
): Promise<StoreDurability> {
  const withinMs = timeoutMs + graceMs;
  const count = `${replicas}`;
  if (level === 'replicated') {
    const waited = sendOnce(client, 'wait', [count, `${timeoutMs}`], withinMs);
    return (await waited.then(Number, () => 0)) >= replicas ? 'replicated' : 'stored';
  }
  const onDisk = sendOnce(client, 'waitaof', ['1', count, `${timeoutMs}`], withinMs);
  // By then, who will have it in memory has it: so this one does not wait.
  const inMemory = sendOnce(client, 'wait', [count, '1'], withinMs);
  const [synced, replicated] = await Promise.allSettled([onDisk, inMemory]);
  if (synced.status === 'fulfilled') {
    const [master = 0, others = 0] = (synced.value as unknown[]).map(Number);
    if (master >= 1 && others >= replicas) return 'synced';
  }
  const isReplicated = replicated.status === 'fulfilled' && Number(replicated.value) >= replicas;
  return isReplicated ? 'replicated' : 'stored';
}

/** Sends one command, once, with a time limit of its own. */
export function sendOnce(
  client: Redis,
  name: string,
  args: ScriptArguments,
  timeoutMs: number,
): Promise<unknown> {
  const command = new Command(name, args, { replyEncoding: null });
  command.setTimeout(timeoutMs);
  return client.sendCommand(command) as Promise<unknown>;
}
