// What WAIT and WAITAOF prove. Both answer how many replicas have acknowledged the replication
// stream up to the last write of *this connection*: WAIT what they have in memory, WAITAOF what they
// have on disk. So they prove something about a write only if they are sent after it, on the same
// connection, and the write succeeded.

import { performance } from 'node:perf_hooks';
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
 * the durability that was confirmed in time, at most `level`; `stored` also where no answer came.
 * `onReplicated` is called if the disks are still to be waited for.
 *
 * The disks are asked about after the memory: a replica reports what it has on disk when it is asked,
 * or once a second, and if it is asked as soon as the write has reached it, it has not synced yet. */
export async function confirm(
  client: Redis,
  { level, replicas, timeoutMs, graceMs }: Confirmation,
  onReplicated: () => void = () => {},
): Promise<StoreDurability> {
  const { stream } = client;
  const endsAtMs = performance.now() + timeoutMs;
  const count = `${replicas}`;
  const ask = (name: string, args: string[], waitMs: number) =>
    sendOnce(client, name, [...args, `${waitMs}`], waitMs + graceMs);
  try {
    if (Number(await ask('wait', [count], timeoutMs)) < replicas) return 'stored';
  } catch {
    return 'stored';
  }
  // After a reconnect nothing is known of what was written before.
  if (level === 'replicated' || client.stream !== stream) return 'replicated';
  onReplicated();
  try {
    const leftMs = Math.max(1, Math.ceil(endsAtMs - performance.now()));
    const [master = 0, others = 0] = (await ask('waitaof', ['1', count], leftMs)) as number[];
    return master >= 1 && others >= replicas ? 'synced' : 'replicated';
  } catch {
    return 'replicated';
  }
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
