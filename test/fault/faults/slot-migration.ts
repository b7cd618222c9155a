// Moving a slot of a cluster to another shard, as `redis-cli --cluster reshard` does.

import type { RedisServer } from '../../support/redis-server.ts';
import type { Shard } from '../world/world.ts';
import type { Target } from './fault.ts';

const KEYS_MAX = 1000;
const MIGRATE_TIMEOUT_MS = 5000;

export type Migration = {
  /** Moves the keys that are in the slot now, or half of them. */
  keys(options?: { isHalf: boolean }): Promise<void>;
  /** Moves what is left, and makes the slot the target's. */
  end(): Promise<void>;
};

/** Begins to move the slot of a session under load. */
export async function beginMigration({ world, random, sessionIds }: Target): Promise<Migration> {
  const sessionId = random.pick(sessionIds);
  const slot = world.slotOf?.(sessionId) ?? 0;
  const place = world.shardOf(sessionId);
  const targetPlace = (place + 1) % world.shards.length;
  const [source, target] = await Promise.all([place, targetPlace].map(masterOf));
  if (source === undefined || target === undefined) throw new Error('a shard has no master');
  await target.client.cluster('SETSLOT', slot, 'IMPORTING', await idOf(source));
  await source.client.cluster('SETSLOT', slot, 'MIGRATING', await idOf(target));

  return {
    keys: ({ isHalf } = { isHalf: false }) => move(source, target, isHalf),
    async end() {
      await move(source, target);
      await assign(target, [target, source]);
      world.moved?.set(slot, targetPlace);
    },
  };

  async function masterOf(placeOfShard: number): Promise<RedisServer> {
    return (world.shards[placeOfShard] as Shard).master();
  }

  async function move(from: RedisServer, to: RedisServer, isHalf = false): Promise<void> {
    const keys = (await from.client.cluster('GETKEYSINSLOT', slot, KEYS_MAX)) as string[];
    const moving = isHalf ? keys.slice(0, Math.ceil(keys.length / 2)) : keys;
    for (const key of moving)
      await from.client.call('MIGRATE', [to.host, to.port, key, 0, MIGRATE_TIMEOUT_MS]);
  }

  async function assign(owner: RedisServer, masters: RedisServer[]): Promise<void> {
    for (const master of masters) {
      await master.client.cluster('SETSLOT', slot, 'NODE', await idOf(owner));
    }
  }
}

async function idOf({ client }: RedisServer): Promise<string> {
  return String(await client.cluster('MYID'));
}
