// A slot changes hands while its sessions are in use. Every call here is made once: redirections
// are followed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../../../src/store/session-store.ts';
import { type MigratingSlot, slotToMigrate } from '../../../support/migrating-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, keys, openStore } from '../../../support/redis-store.ts';
import { commandsSent } from '../../../support/sent-commands.ts';

let cluster: RedisCluster;
let store: SessionStore;
let migration: MigratingSlot;

beforeAll(async () => {
  cluster = await startRedisCluster();
  migration = await slotToMigrate(cluster, 's');
  store = await openStore(clusterTarget(cluster.servers));
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});

it('append() and read() are one round trip each, whichever master holds the session', async () => {
  const masters = cluster.shards.map((shard) => shard.master);
  const appends = Array.from({ length: 30 }, () => appendOf());
  for (const append of appends) await store.append(append);
  const sent = await commandsSent(masters, {
    keys: appends.map(({ sessionId }) => keys.session(sessionId)),
    async work() {
      for (const { sessionId } of appends) await store.append(appendOf({ sessionId }));
      for (const { sessionId } of appends) await store.read(sessionId);
    },
  });
  expect(sent).toEqual(Array(60).fill('evalsha'));
});

describe('while a slot migrates', () => {
  let before: string;
  let moved: string;
  let foreign: string;
  let over: string;

  it('a session that is still at the source is served', async () => {
    const { nextId, source } = migration;
    [before, moved, foreign, over] = [nextId(), nextId(), nextId(), nextId()];
    await store.append(appendOf({ sessionId: over }));
    await source.master.client.hset(keys.session(over), 'expires_at', Date.now() - 1000);
    await source.master.client.hdel(keys.session(over), 'seal');
    await source.master.client.set(keys.session(foreign), 'precious');
    for (const sessionId of [before, moved]) await store.append(appendOf({ sessionId }));
    await migration.begin();
    expect(await store.append(appendOf({ sessionId: before }))).toMatchObject({
      revision: 2,
      created: false,
    });
    expect((await store.read(before))?.frames).toHaveLength(2);
  });

  it('a session that begins is served by the target, whose scripts are not even loaded', async () => {
    const { target, slot, nextId } = migration;
    await target.master.client.script('FLUSH');
    const sessionId = nextId();
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      revision: 1,
      created: true,
    });
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      revision: 2,
      created: false,
    });
    expect((await store.read(sessionId))?.frames).toHaveLength(2);
    expect(await target.master.client.cluster('GETKEYSINSLOT', slot, '10')).toEqual([
      keys.session(sessionId),
    ]);
  });

  it('a session that is over begins anew where it was, in one call', async () => {
    expect(await store.append(appendOf({ sessionId: over }))).toMatchObject({
      revision: 1,
      created: true,
    });
    expect((await store.read(over))?.frames).toHaveLength(1);
  });

  it('a session that nobody has heard of reads as missing', async () => {
    expect(await store.read(migration.nextId())).toBeUndefined();
  });

  it('a session that has moved is served by the target, whole', async () => {
    const known = appendOf({ sessionId: moved });
    await store.append(known);
    await migration.move(keys.session(moved));
    expect(await store.append(known)).toMatchObject({ status: 'known', revision: 2 });
    expect(await store.append(appendOf({ sessionId: moved }))).toMatchObject({
      revision: 3,
      created: false,
    });
    const view = await store.read(moved);
    expect(view?.frames).toHaveLength(3);
    if (view === undefined) return;
    const snapshot = { name: 'snapshot:1', revision: 3, etag: view.etag, frame: Buffer.alloc(70) };
    const { incarnation, frames: folded } = view;
    expect(
      await store.compact({ sessionId: moved, incarnation, folded, snapshot, recent: [] }),
    ).toBe('compacted');
  });

  it('a foreign value is left alone, and its session unavailable, until it can be moved aside', async () => {
    const append = appendOf({ sessionId: foreign });
    await expect(store.append(append)).rejects.toThrow(StoreUnavailable);
    expect(await migration.source.master.client.get(keys.session(foreign))).toBe('precious');
    expect(await store.read(foreign)).toBeUndefined();
  });

  it('and when it has migrated, all its sessions are served in one call each', async () => {
    await migration.end();
    expect(await store.read(before)).toMatchObject({ revision: 2 });
    expect(await store.append(appendOf({ sessionId: before }))).toMatchObject({
      revision: 3,
      created: false,
    });
    expect(await store.append(appendOf({ sessionId: migration.nextId() }))).toMatchObject({
      revision: 1,
    });
    expect(await store.append(appendOf({ sessionId: foreign }))).toMatchObject({ setAside: true });
    const { source, slot } = migration;
    expect(await source.master.client.cluster('COUNTKEYSINSLOT', slot)).toBe(0);
  });
});
