// Writes that wait for replicas, in a cluster of three masters with a replica each: sent elsewhere
// by MOVED and ASK, while a replica hangs, and through the takeover by a replica.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type MigratingSlot, slotToMigrate } from '../../../support/migrating-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, keys, openStore } from '../../../support/redis-store.ts';
import { commandsSent } from '../../../support/sent-commands.ts';
import { until } from '../../../support/until.ts';

let cluster: RedisCluster;
let store: SessionStore;
let migration: MigratingSlot;

beforeAll(async () => {
  cluster = await startRedisCluster();
  migration = await slotToMigrate(cluster, 's');
  store = await openReplicating('all');
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});

function openReplicating(replicas: number | 'all'): Promise<SessionStore> {
  return openStore(clusterTarget(cluster.servers), {
    commandTimeoutMs: 600,
    durability: { level: 'replicated', replicas },
  });
}

/** The durability of an append; undefined where it was refused. */
async function durabilityOf(sessionId: string): Promise<string | undefined> {
  const result = await store.append(appendOf({ sessionId }));
  return result.status === 'stored' ? result.durability : undefined;
}

async function untilReplicated(sessionId: string): Promise<void> {
  await until('a write that is replicated', async () =>
    (await durabilityOf(sessionId)) === 'replicated' ? true : undefined,
  );
}

it('writes to all shards are replicated, by the replica that each of them has', async () => {
  for (const { master } of cluster.shards) await untilReplicated(await idIn(master.port));
  for (let turn = 0; turn < 30; turn++)
    expect(await durabilityOf(appendOf().sessionId)).toBe('replicated');
});

it('a write that ASK sends elsewhere is confirmed there', async () => {
  const { nextId, target } = migration;
  const [stays, moves] = [nextId(), nextId()];
  for (const sessionId of [stays, moves]) await untilReplicated(sessionId);
  await migration.begin();
  await migration.move(keys.session(moves));
  // The source answers ASK instead of running it.
  const sent = await commandsSent([target.master], {
    keys: [keys.session(moves)],
    work: async () => expect(await durabilityOf(moves)).toBe('replicated'),
  });
  expect(sent).toEqual(['evalsha']);
  expect(await durabilityOf(stays)).toBe('replicated');
  expect(await durabilityOf(nextId())).toBe('replicated');
  await migration.end();
});

it('a write that MOVED sends elsewhere is confirmed there', async () => {
  const { nextId } = migration;
  // The store does not know yet that the slot has moved.
  expect(await durabilityOf(nextId())).toBe('replicated');
  expect(await durabilityOf(nextId())).toBe('replicated');
});

it('a hanging replica of one shard leaves the others replicated', async () => {
  const [shard, other] = cluster.shards as [RedisCluster['shards'][0], RedisCluster['shards'][0]];
  const ids = { hanging: await idIn(shard.master.port), healthy: await idIn(other.master.port) };
  shard.replica.pause();
  for (let turn = 0; turn < 5; turn++) {
    expect(await durabilityOf(ids.hanging)).toBe('stored');
    expect(await durabilityOf(ids.healthy)).toBe('replicated');
  }
  shard.replica.resume();
  await untilReplicated(ids.hanging);
});

it('what was replicated is there after its master died', async () => {
  const [shard] = cluster.shards as [RedisCluster['shards'][0]];
  const sessionId = await idIn(shard.master.port);
  await untilReplicated(sessionId);
  const replicated: string[] = [];
  const write = async () => {
    const append = appendOf({ sessionId });
    const result = await store.append(append).catch(() => undefined);
    if (result?.status === 'stored' && result.durability === 'replicated')
      replicated.push(append.updateId);
    return result;
  };
  while (replicated.length < 200) await write();
  // A batch is on its way when the master dies.
  const last = Promise.all(Array.from({ length: 50 }, write));
  await shard.master.kill();
  await last;
  await until('the replica to take over', async () => ((await write()) ? true : undefined));
  const read = await store.read(sessionId);
  const names = new Set(read?.frames.map(({ name }) => name));
  expect(replicated.filter((updateId) => !names.has(updateId))).toEqual([]);
  // The successor has no replica until the old master is back.
  expect(await durabilityOf(sessionId)).toBe('stored');
  await shard.master.start();
  await untilReplicated(sessionId);
});

async function idIn(port: number): Promise<string> {
  return await until(`a session in ${port}`, async () => {
    const { sessionId } = appendOf();
    const { master } = await cluster.shardOf(keys.session(sessionId));
    return master.port === port ? sessionId : undefined;
  });
}
