// Whether a master would take a write: permissions, scripts, disk, memory, and its role.
//
// In a cluster each master is asked with a key of its own. A single server is asked with two keys
// of different slots: a node of a cluster refuses that (CROSSSLOT). It may still hold all the slots,
// and then serves every key; if it does not, it answers MOVED for some of many keys.

import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../scripts/script.ts';
import { USER_INDEX } from '../session-key.ts';
import { addressOf } from './node-address.ts';
import type { Topology } from './topology.ts';

/** A master with fewer than about one in so many slots is asked without a key. */
const KEYS_TRIED = 4096;
/** Keys for a single server in cluster mode. A server with half of the slots has all of the keys with
 * a probability of 1 in 65 000. */
const SINGLE_KEYS = 16;

export type WriteProbe = {
  /** Resolves if the master would take a write. Rejects with the server's error, or with a NOPERM
   * that names the commands that the user may not run. `write`: also writes a key, which expires. */
  ask(master: Redis, options?: { write?: boolean }): Promise<void>;
};

/** A probe of the servers of one topology. */
export function createWriteProbe(
  topology: Pick<Topology, 'addressOf'>,
  { keyPrefix, isCluster }: { keyPrefix: string; isCluster: boolean },
): WriteProbe {
  const script = loadScript('ping');
  /** The number of the key that was found for each address. */
  const found = new Map<string, number>();

  return {
    async ask(master, { write = false } = {}) {
      const mode = write ? 'write' : '';
      if (isCluster) return await run(master, ownKeys(addressOf(master.options)), mode);
      try {
        await run(master, [probeKey(0), probeKey(1)], mode);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('CROSSSLOT'))) throw error;
        const each = Array.from({ length: SINGLE_KEYS }, (_, number) => [probeKey(number)]);
        await Promise.all(each.map((keys) => run(master, keys, mode)));
      }
    },
  };

  async function run(master: Redis, keys: string[], mode: string): Promise<void> {
    const reply = await runScript(master, script, {
      keys,
      args: [probeKey(0), mode, `${keyPrefix}${USER_INDEX}{:probe:0}`],
    });
    const refused = (reply as Buffer[]).map(String);
    if (refused.length > 0)
      throw new Error(
        `NOPERM the user may not run ${refused.join(', ')} on the keys ${keyPrefix}*`,
      );
  }

  function ownKeys(address: string): string[] {
    const isOwn = (number: number) => topology.addressOf(probeKey(number)) === address;
    let number = found.get(address) ?? 0;
    if (!isOwn(number)) for (number = 0; number < KEYS_TRIED && !isOwn(number); ) number++;
    if (number === KEYS_TRIED) return [];
    found.set(address, number);
    return [probeKey(number)];
  }

  /** Never the key of a session: a colon in an id is encoded. */
  function probeKey(number: number): string {
    return `${keyPrefix}{:probe:${number}}`;
  }
}
