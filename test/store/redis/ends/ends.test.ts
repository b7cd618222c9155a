// Ends on one server: what is reported, by how many processes, and what it costs.

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from '../../../../src/store/end-events.ts';
import { END_SETS, setOf } from '../../../../src/store/redis/ends/due-ends.ts';
import type { RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { appendOf, keys, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { SPEED } from './speed.ts';

const LIFE_MS = 400;
const DAY_MS = 86_400_000;

let server: RedisServer;
let client: Redis;
let ended: Ended[];
let endedAtMs: number[];
let stores: SessionStore[];

beforeAll(async () => {
  server = await startRedisServer();
  client = new Redis({ host: server.host, port: server.port });
});
beforeEach(async () => {
  ended = [];
  endedAtMs = [];
  stores = [];
  await client.flushall();
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
});
afterAll(async () => {
  client?.disconnect();
  await server?.stop();
});

async function open(given: Partial<RedisStoreOptions> = {}): Promise<SessionStore> {
  const onEnded = (end: Ended) => {
    ended.push(end);
    endedAtMs.push(performance.now());
  };
  const options = { ends: { speed: SPEED }, onEnded, ...given };
  const store = await openStore(standaloneTarget(server), options);
  stores.push(store);
  return store;
}

async function begin(store: SessionStore, sessionId: string, ttlMs = LIFE_MS) {
  const appended = await store.append(appendOf({ sessionId, ttlMs }));
  if (appended.status !== 'stored') throw new Error(appended.status);
  const { incarnation } = appended;
  const endsAtMonotonicMs = performance.now() + ttlMs;
  expect(await store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs })).toBe(true);
  return incarnation;
}

const reported = (kind: Ended['kind']) =>
  ended.filter((end) => end.kind === kind).map(({ sessionId }) => sessionId);
const noted = async () => {
  const sets = await Promise.all(
    Array.from({ length: END_SETS }, (_, set) => client.zcount(keys.ends(set), '(0', '+inf')),
  );
  return sets.reduce((sum, count) => sum + count, 0);
};

describe('a session that ends', () => {
  test('is reported once, however many processes there are, and its note is removed', async () => {
    const [first, ...others] = await Promise.all([open(), open(), open()]);
    const sessionIds = Array.from({ length: 100 }, () => randomUUID());
    await Promise.all(sessionIds.map((sessionId) => begin(first as SessionStore, sessionId)));
    expect(others.length).toBe(2);
    await waitFor(() => expect(reported('session').length).toBe(100));
    await waitFor(async () => expect(await noted()).toBe(0));
    expect(reported('session').toSorted()).toEqual(sessionIds.toSorted());
    await waitFor(async () => expect(await client.keys('*ends*')).toEqual([]));
  });

  test('is reported at its end where that was brought forward, and once', async () => {
    const store = await open();
    const sessionId = randomUUID();
    await begin(store, sessionId, DAY_MS);
    const exact = await store.append(appendOf({ sessionId, ttlMs: LIFE_MS, isTtlExact: true }));
    if (exact.status !== 'stored') throw new Error(exact.status);
    const endsAtMonotonicMs = performance.now() + LIFE_MS;
    await store.noteEnd({ sessionId, incarnation: exact.incarnation, endsAtMonotonicMs });
    await waitFor(() => expect(reported('session')).toEqual([sessionId]));
    await waitFor(async () => expect(await noted()).toBe(0));
  });

  test('is not reported while touches extend it', async () => {
    const store = await open();
    const sessionId = randomUUID();
    await begin(store, sessionId, 1000);
    const touch = { sessionId, receivedAtMonotonicMs: performance.now(), flowId: undefined };
    expect(await store.touch({ ...touch, ttlMs: 2500 })).toMatchObject({ status: 'touched' });
    await waitFor(() => expect(reported('session')).toEqual([sessionId]));
    expect(performance.now() - touch.receivedAtMonotonicMs).toBeGreaterThanOrEqual(2500);
  });

  test('is not reported while updates prolong it, and is once they have ended', async () => {
    const store = await open();
    const sessionId = randomUUID();
    await begin(store, sessionId, 1000);
    await store.append(appendOf({ sessionId, ttlMs: 3000 }));
    const witness = randomUUID();
    await begin(store, witness, 1000);
    await waitFor(() => expect(reported('session')).toEqual([witness]));
    await waitFor(() => expect(reported('session')).toEqual([witness, sessionId]));
    expect(await store.read(sessionId)).toBeUndefined();
  });

  test('is reported for each of its lives', async () => {
    const store = await open();
    const sessionId = randomUUID();
    // The second life begins in what is left of the first.
    await store.lock({ sessionId, token: 'a'.repeat(22), ttlMs: 60_000, renew: false });
    await store.unlock({ sessionId, token: 'a'.repeat(22) });
    await begin(store, sessionId, 300);
    await waitFor(async () => expect(await store.read(sessionId)).toBeUndefined());
    await begin(store, sessionId, 300);
    await waitFor(() => expect(reported('session')).toEqual([sessionId, sessionId]));
  });

  test('is reported where the note came after its end', async () => {
    const store = await open();
    const sessionId = randomUUID();
    const appended = await store.append(appendOf({ sessionId, ttlMs: 50 }));
    const incarnation = appended.status === 'stored' ? appended.incarnation : '';
    await waitFor(async () => expect(await store.read(sessionId)).toBeUndefined());
    await store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs: performance.now() });
    await waitFor(() => expect(reported('session')).toEqual([sessionId]));
  });

  test('is not reported where it was erased, whether its note was removed or not', async () => {
    const store = await open();
    const [removed, left, witness] = [randomUUID(), randomUUID(), randomUUID()];
    const [incarnation] = await Promise.all([
      begin(store, removed, 2000),
      begin(store, left, 2000),
    ]);
    const erasure = { tombstoneTtlMs: 60_000, ifMatch: '' };
    const eraseIds = ['b'.repeat(22), 'c'.repeat(22)] as const;
    await store.erase({ sessionId: removed, incarnation, eraseId: eraseIds[0], ...erasure });
    await store.erase({ sessionId: left, eraseId: eraseIds[1], ...erasure });
    await begin(store, witness, 2500);
    await waitFor(() => expect(reported('session')).toEqual([witness]));
    await waitFor(async () => expect(await noted()).toBe(2));
    expect(reported('tombstone')).toEqual([]);
  });

  test('is not reported where only its metadata was repaired', async () => {
    const store = await open();
    const sessionId = randomUUID();
    await store.append(appendOf({ sessionId, ttlMs: 8000 }));
    await client.hset(keys.session(sessionId), 'created_at', '1000');
    await client.hdel(keys.session(sessionId), 'seal');
    // As if it had been noted under another incarnation, before a repair.
    const endsAtMonotonicMs = performance.now() + 100;
    await store.noteEnd({ sessionId, incarnation: 'abcdef', endsAtMonotonicMs });
    const witness = randomUUID();
    await begin(store, witness);
    await waitFor(() => expect(reported('session')).toEqual([witness]));
    await waitFor(() => expect(reported('session')).toEqual([witness, sessionId]));
    expect(await store.read(sessionId)).toBeUndefined();
  });
});

test('a tombstone and a frame in quarantine are reported when they end, and not before', async () => {
  const store = await open();
  const [erased, parked, released] = [randomUUID(), randomUUID(), randomUUID()];
  const startedMs = performance.now();
  await store.erase({
    ...{ sessionId: erased, eraseId: 'd'.repeat(22), tombstoneTtlMs: LIFE_MS, ifMatch: '' },
  });
  for (const sessionId of [parked, released]) {
    const append = appendOf({ sessionId });
    await store.append(append);
    const [frame] = (await store.read(sessionId))?.frames ?? [];
    const move = { name: append.updateId, value: frame?.value ?? Buffer.alloc(0) };
    const moves = { sessionId, ttlMs: LIFE_MS, quarantineMaxBytes: 100_000 };
    await store.quarantine({ ...moves, moves: [{ move: 'quarantine', ...move }] });
    if (sessionId === released)
      await store.quarantine({ ...moves, moves: [{ move: 'release', ...move }] });
  }
  await waitFor(() => expect(reported('tombstone')).toEqual([erased]));
  await waitFor(() => expect(reported('quarantine')).toEqual([parked]));
  // Of two clocks, one of which knows milliseconds alone.
  expect(Math.min(...endedAtMs) - startedMs).toBeGreaterThan(LIFE_MS - 20);
  await waitFor(async () => expect(await noted()).toBe(0));
});

describe('the lease', () => {
  test('of a process that is gone is taken by another once it has lapsed, and not before', async () => {
    const sessionId = randomUUID();
    const set = keys.ends(setOf(sessionId));
    const leaseMs = 1000;
    const startedMs = performance.now();
    await client.zadd(set, -(Date.now() + leaseMs), 'lease of-a-process-that-is-gone');
    await begin(await open(), sessionId, 50);
    await waitFor(() => expect(reported('session')).toEqual([sessionId]));
    expect(performance.now() - startedMs).toBeGreaterThan(leaseMs - 100);
  });

  test('is given up when a process ends in order', async () => {
    const ending = await open();
    const sessionId = randomUUID();
    await begin(ending, sessionId, 60_000);
    const lease = () => client.zcount(keys.ends(setOf(sessionId)), '-inf', '(0');
    await waitFor(async () => expect(await lease()).toBe(1));
    await ending.close();
    expect(await lease()).toBe(0);
  });
});

test('what a process has removed and a failover brings back is not reported again', async () => {
  const store = await open();
  const [sessionId, witness] = [randomUUID(), randomUUID()];
  const incarnation = await begin(store, sessionId);
  await waitFor(() => expect(reported('session')).toEqual([sessionId]));
  await store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs: performance.now() });
  await begin(store, witness);
  await waitFor(() => expect(reported('session')).toEqual([sessionId, witness]));
  await waitFor(async () => expect(await noted()).toBe(0));
  expect(reported('session')).toEqual([sessionId, witness]);
});

test('an event of an expired key makes the sweep look at once, and is not counted itself', async () => {
  const notOften = { ends: { speed: 0.01 }, expiryEvents: 'enable' } as const;
  const [holder] = await Promise.all([open(notOften), open(notOften)]);
  const flags = async () => (await client.config('GET', 'notify-keyspace-events'))[1];
  await waitFor(async () => expect(await flags()).toMatch(/E.*x|x.*E/));
  const first = randomUUID();
  await begin(holder as SessionStore, first, 60_000);
  await waitFor(async () =>
    expect(await client.zcount(keys.ends(setOf(first)), '-inf', '(0')).toBe(1),
  );
  let sessionId = randomUUID();
  while (setOf(sessionId) !== setOf(first)) sessionId = randomUUID();
  await begin(holder as SessionStore, sessionId);
  await waitFor(() => expect(reported('session')).toEqual([sessionId]));
  await client.config('SET', 'notify-keyspace-events', '');
});
