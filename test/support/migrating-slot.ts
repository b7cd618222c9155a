// A slot that changes hands from one master to another, as slowly as a test wants.

import { slotOfKey } from '../../src/store/redis/connection/slot-of-key.ts';
import type { RedisCluster, Shard } from './redis-cluster.ts';
import { keys } from './redis-store.ts';

export type MigratingSlot = {
  slot: number;
  source: Shard;
  target: Shard;
  /** The next id, of a session or a user, whose key lies in the slot. */
  nextId(): string;
  /** From now on the target takes keys, and the source sends those there that it does not have. */
  begin(): Promise<void>;
  move(key: string): Promise<void>;
  /** Moves what is left, and tells both that the slot is the target's. */
  end(): Promise<void>;
};

/** Chooses the slot of a key of that name; nothing moves yet. */
export async function slotToMigrate(cluster: RedisCluster, name: string): Promise<MigratingSlot> {
  const key = keys.session(`${name}-0`);
  const slot = await cluster.slotOf(key);
  const source = await cluster.shardOf(key);
  const target = cluster.shards.find((shard) => shard !== source) as Shard;
  const ids = idsOfSlot(slot, name);
  const idOf = async ({ master }: Shard) => String(await master.client.cluster('MYID'));
  const move = async (key: string) => {
    const { host, port } = target.master;
    await source.master.client.call('MIGRATE', [host, port, key, 0, 5000]);
  };
  return {
    slot,
    source,
    target,
    nextId: () => ids.next().value as string,
    async begin() {
      await target.master.client.cluster('SETSLOT', slot, 'IMPORTING', await idOf(source));
      await source.master.client.cluster('SETSLOT', slot, 'MIGRATING', await idOf(target));
    },
    move,
    async end() {
      for (const key of (await source.master.client.cluster(
        'GETKEYSINSLOT',
        slot,
        '100',
      )) as string[]) {
        await move(key);
      }
      for (const { master } of [target, source]) {
        await master.client.cluster('SETSLOT', slot, 'NODE', await idOf(target));
      }
    },
  };
}

/** About one key in 16 384 lies in a slot. */
function* idsOfSlot(slot: number, name: string): Generator<string> {
  for (let place = 1; ; place++)
    if (slotOfKey(keys.session(`${name}-${place}`)) === slot) yield `${name}-${place}`;
}
