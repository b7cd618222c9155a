// Locks, erases, quarantine and users' indexes while their slot changes hands. Every call here is
// made once: redirections are followed, and a script that emptied its key half way would be refused
// by the server.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { QuarantineMove, SessionStore } from '../../../../src/store/session-store.ts';
import { type MigratingSlot, slotToMigrate } from '../../../support/migrating-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, keys, openStore } from '../../../support/redis-store.ts';

const HOUR_MS = 3_600_000;
const token = 'a-token-of-22-letters-';
const other = 'another-token-of-22-ls';
const FRAME = 'x'.repeat(22);
const HELD = { status: 'held', lapsed: false };

let cluster: RedisCluster;
let store: SessionStore;
let migration: MigratingSlot;

/** What stands at the source when the slot begins to migrate. */
const ids = {
  live: '',
  lapsed: '',
  late: '',
  renewed: '',
  erased: '',
  quarantined: '',
  parked: '',
  bare: '',
};
const users = { one: '', erased: '' };

beforeAll(async () => {
  cluster = await startRedisCluster();
  migration = await slotToMigrate(cluster, 'c');
  store = await openStore(clusterTarget(cluster.servers));
  const { client } = migration.source.master;
  for (const name of Object.keys(ids) as (keyof typeof ids)[]) ids[name] = migration.nextId();
  for (const name of Object.keys(users) as (keyof typeof users)[]) users[name] = migration.nextId();
  for (const sessionId of [ids.live, ids.erased, ids.quarantined])
    await store.append(appendOf({ sessionId }));
  const lapsed = `${token} ${Date.now() - 1000}`;
  for (const id of [ids.lapsed, ids.late, ids.renewed])
    await client.hset(keys.session(id), 'lock', lapsed);
  await client.hset(keys.session(ids.parked), `quarantine:${FRAME}`, 'of no readable time');
  await client.hset(keys.session(ids.bare), FRAME, 'damaged');
  for (const user of Object.values(users)) await note(user, 'session');
  await migration.begin();
});
afterAll(async () => {
  await store?.close();
  await cluster?.stop();
});

const lock = (sessionId: string, given: { token?: string; renew?: boolean } = {}) =>
  store.lock({ sessionId, token, ttlMs: HOUR_MS, renew: false, ...given });
const erase = (sessionId: string, eraseId: string) =>
  store.erase({
    sessionId,
    eraseId,
    tombstoneTtlMs: HOUR_MS,
    ifMatch: '',
  });
const note = async (userId: string, sessionId: string, ageMs = 0) => {
  const result = await store.index({
    userId,
    sessionId,
    eventMs: 1,
    receivedAtMonotonicMs: performance.now() - ageMs,
    ttlMs: HOUR_MS,
  });
  return result.status;
};
const isAtSource = async (key: string) => {
  const { source, slot } = migration;
  const found = (await source.master.client.cluster('GETKEYSINSLOT', slot, '100')) as string[];
  return found.includes(key);
};

it('a lock on a session that is still at the source is taken, held against others, and released', async () => {
  const sessionId = ids.live;
  expect(await lock(sessionId)).toEqual(HELD);
  expect(await lock(sessionId, { token: other })).toMatchObject({ status: 'busy' });
  expect(await lock(sessionId, { renew: true })).toEqual(HELD);
  expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'locked' });
  expect(await store.append(appendOf({ sessionId, lockToken: token }))).toMatchObject({
    revision: 2,
  });
  expect(await store.unlock({ sessionId, token })).toEqual({ status: 'released' });
});

it('a lock that lapsed at the source is told of by the taker, the late holder and the late renewer', async () => {
  expect(await lock(ids.lapsed, { token: other })).toEqual({ status: 'held', lapsed: true });
  const lost = { status: 'lost', lapsed: true };
  expect(await store.unlock({ sessionId: ids.late, token })).toEqual(lost);
  expect(await lock(ids.renewed, { renew: true })).toEqual(lost);
});

it('and whoever was told, the next lock is taken where the key is', async () => {
  for (const sessionId of [ids.late, ids.renewed]) {
    expect(await isAtSource(keys.session(sessionId))).toBe(true);
    expect(await lock(sessionId)).toEqual(HELD);
    expect(await store.unlock({ sessionId, token })).toEqual({ status: 'released' });
  }
});

it('a lock on what nobody has heard of is taken at the target, whose scripts are not even loaded', async () => {
  await migration.target.master.client.script('FLUSH');
  const sessionId = migration.nextId();
  expect(await lock(sessionId)).toEqual(HELD);
  expect(await store.append(appendOf({ sessionId, lockToken: token }))).toMatchObject({
    created: true,
  });
  expect(await store.unlock({ sessionId, token })).toEqual({ status: 'released' });
  expect(await isAtSource(keys.session(sessionId))).toBe(false);
});

it('a session at the source is erased there, and one that never was at the target', async () => {
  for (const [sessionId, frames] of [
    [ids.erased, 1],
    [migration.nextId(), 0],
  ] as const) {
    const erased = await erase(sessionId, 'the-erase-of-22-letter');
    expect(erased).toMatchObject({ status: 'erased', frames });
    expect(await erase(sessionId, 'the-erase-of-22-letter')).toEqual(erased);
    const late = { sessionId, receivedAtMonotonicMs: performance.now() - 1000 };
    expect(await store.append(appendOf(late))).toEqual({ status: 'dropped' });
    expect(await isAtSource(keys.session(sessionId))).toBe(frames === 1);
  }
});

it('the only frame of a session goes into quarantine, back, in again and away', async () => {
  const sessionId = ids.quarantined;
  const [frame] = (await store.read(sessionId))?.frames ?? [];
  const { name = '', value = Buffer.alloc(0) } = frame ?? {};
  const made: QuarantineMove['move'][] = ['quarantine', 'release', 'quarantine', 'discard'];
  for (const move of made) {
    const moves = [{ move, name, value }];
    const limits = { ttlMs: 48 * HOUR_MS, quarantineMaxBytes: 1000 };
    expect(await store.quarantine({ sessionId, moves, ...limits })).toEqual([name]);
  }
  expect(await store.read(sessionId)).toMatchObject({ frames: [], deltaBytes: 0, quarantined: 0 });
});

it('a frame whose session lost everything else goes into quarantine', async () => {
  const moves = [{ move: 'quarantine' as const, name: FRAME, value: Buffer.from('damaged') }];
  const limits = { ttlMs: HOUR_MS, quarantineMaxBytes: 1000 };
  expect(await store.quarantine({ sessionId: ids.bare, moves, ...limits })).toEqual([FRAME]);
  expect((await store.inspect(ids.bare)).quarantine).toHaveLength(1);
});

it('a key that held nothing but what is dropped from quarantine is emptied in one call', async () => {
  const moves = [{ move: 'discard' as const, name: FRAME, value: Buffer.alloc(0) }];
  const limits = { ttlMs: HOUR_MS, quarantineMaxBytes: 1000 };
  expect(await store.quarantine({ sessionId: ids.parked, moves, ...limits })).toHaveLength(1);
  expect(await isAtSource(keys.session(ids.parked))).toBe(false);
});

it('the last session of a user is taken out of an index at the source', async () => {
  const sessionIds = ['session', 'another', 'a third'];
  expect(await store.unindex({ userId: users.one, sessionIds })).toBe(1);
  expect(await store.unindex({ userId: users.one, sessionIds })).toBe(0);
  expect(await isAtSource(keys.user(users.one))).toBe(false);
});

it('a user is erased where the index is, and one without an index at the target', async () => {
  for (const userId of [users.erased, migration.nextId()]) {
    await store.eraseUser({ userId, tombstoneTtlMs: HOUR_MS });
    expect(await note(userId, 'late', 1000)).toBe('erased');
    expect(await note(userId, 'young')).toBe('noted');
  }
});

it('and when the slot has migrated, lock, tombstone and index are where it is', async () => {
  const last = 'the-last-token-of-22-l';
  expect(await lock(ids.live, { token: last })).toEqual(HELD);
  await migration.end();
  expect(await lock(ids.live, { token: other })).toMatchObject({ status: 'busy' });
  expect(await store.unlock({ sessionId: ids.live, token: last })).toEqual({ status: 'released' });
  expect((await store.inspect(ids.erased)).tombstone).toBeDefined();
  expect(await note(users.erased, 'late', 60_000)).toBe('erased');
});
