// What an erase leaves in Redis, and for how long.

import { beforeEach, describe, expect, it } from 'vitest';
import { sealOf, sealOfLines } from '../../../src/store/seal.ts';
import { ERASED_UPDATES, type Erasure } from '../../../src/store/session-store.ts';
import { appendOf, keys } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';
import { openStoreAndClient } from './store-and-client.ts';

const HOUR_MS = 3_600_000;
/** By so much an instant is earlier at rest. */
const GRAIN_MS = 2;
const eraseId = 'the-erase-of-22-letter';
const token = 'a-token-of-22-letters-';

const { client, store } = await openStoreAndClient();
let sessionId: string;
let key: string;
beforeEach(() => {
  sessionId = appendOf().sessionId;
  key = keys.session(sessionId);
});

const erase = (given: Partial<Erasure> = {}) =>
  store.erase({
    sessionId,
    eraseId,
    tombstoneTtlMs: HOUR_MS,
    ifMatch: '',
    ...given,
  });
const appendMany = async (count: number) => {
  const appends = Array.from({ length: count }, () => appendOf({ sessionId }));
  for (const append of appends) await store.append(append);
  return appends.map(({ updateId }) => updateId);
};
const liveSession = async () => {
  const session = await store.read(sessionId);
  if (session === undefined) throw new Error('the session is missing');
  return session;
};
/** Folds the whole session. */
const compact = async () => {
  const { incarnation, frames: folded, revision, etag } = await liveSession();
  const recent = folded.map(({ name, revision, etag }) => ({ updateId: name, revision, etag }));
  const snapshot = { name: 'snapshot:1', revision, etag, frame: Buffer.alloc(70) };
  expect(await store.compact({ sessionId, incarnation, folded, snapshot, recent })).toBe(
    'compacted',
  );
};
const quarantine = async (name: string) => {
  const { frames } = await liveSession();
  const value = frames.find((frame) => frame.name === name)?.value ?? Buffer.alloc(0);
  const moves = [{ move: 'quarantine' as const, name, value }];
  expect(
    await store.quarantine({ sessionId, moves, ttlMs: HOUR_MS, quarantineMaxBytes: 1000 }),
  ).toHaveLength(1);
};
const tombstone = async () => (await client.hget(key, 'tombstone'))?.split(' ') ?? [];
const fence = async () => (await client.hget(key, 'fence')) ?? '';
const contents = async () => [await client.hgetallBuffer(key), await client.pexpiretime(key)];
const sealedTombstone = (tombstone: string) => ({
  tombstone,
  tombstone_seal: sealOf(tombstone),
});
const sealedErased = (ids: string[]) => ({
  erased: linesOf(ids),
  erased_seal: sealOfLines(linesOf(ids)),
});
const linesOf = (ids: string[]) => ids.map((id) => `${id}\n`).join('');

describe('an erase', () => {
  it('leaves its tombstone and the ids of what it erased, folded ones first, and nothing else', async () => {
    const folded = await appendMany(2);
    await compact();
    const live = await appendMany(3);
    await quarantine(live[1] as string);
    await store.lock({ sessionId, token, ttlMs: HOUR_MS, renew: false });
    await client.hset(key, 'a_field_of_a_newer_version', '1');
    const result = await erase();
    const [instant, deadline, ...rest] = await tombstone();
    expect(rest).toEqual([eraseId, '5', '3', '1', '1']);
    expect(Number(deadline) - Number(instant)).toBe(HOUR_MS + GRAIN_MS);
    expect(result).toMatchObject({ tombstoneExpiresAtMs: Number(deadline) });
    expect(await client.hgetall(key)).toEqual({
      ...sealedTombstone([instant, deadline, ...rest].join(' ')),
      ...sealedErased([...folded, ...live]),
      fence: await fence(),
    });
    expect(Math.floor(Number(await fence()) / 1000)).toBe(Number(instant) + GRAIN_MS);
  });

  it('of nothing leaves a tombstone and the fence', async () => {
    await erase();
    const [instant, deadline] = await tombstone();
    const text = `${instant} ${deadline} ${eraseId} 0 0 0 0`;
    expect(await client.hgetall(key)).toEqual({ ...sealedTombstone(text), fence: await fence() });
    expect(await client.pexpiretime(key)).toBe(Number(deadline));
  });

  it.each([
    ['a session that would have lived longer', 24 * HOUR_MS],
    ['a session that would have ended before', 1000],
  ])('of %s lets the key expire with the tombstone, to the millisecond', async (_, ttlMs) => {
    await store.append(appendOf({ sessionId, ttlMs }));
    await erase();
    const [, deadline] = await tombstone();
    expect(await client.pexpiretime(key)).toBe(Number(deadline));
  });

  it('leaves an expiry that no later update shortens, and a longer one moves forward', async () => {
    await erase();
    const expiry = await client.pexpiretime(key);
    await store.append(appendOf({ sessionId, ttlMs: HOUR_MS / 2 }));
    expect(await client.pexpiretime(key)).toBe(expiry);
    await store.append(appendOf({ sessionId, ttlMs: 2 * HOUR_MS }));
    expect(await client.pexpiretime(key)).toBe(Number(await client.hget(key, 'expires_at')));
  });

  it('that is repeated leaves every byte as it is, also beside a session that began since', async () => {
    await appendMany(2);
    const first = await erase();
    await appendMany(2);
    const before = await contents();
    expect(await erase({ tombstoneTtlMs: 2 * HOUR_MS })).toEqual(first);
    expect(await contents()).toEqual(before);
  });

  it('after another one adds to the ids, and keeps the later deadline', async () => {
    const first = await appendMany(2);
    await erase({ eraseId: 'another-erase-of-22-ls', tombstoneTtlMs: 2 * HOUR_MS });
    const [, deadline] = await tombstone();
    const second = await appendMany(2);
    await erase();
    const [instant] = await tombstone();
    expect(await client.hgetall(key)).toEqual({
      ...sealedTombstone(`${instant} ${deadline} ${eraseId} 2 2 0 0`),
      ...sealedErased([...first, ...second]),
      fence: await fence(),
    });
  });

  it(`of 10 000 frames removes them all, and keeps the last ${ERASED_UPDATES} ids`, async () => {
    await appendMany(1);
    const ids = Array.from({ length: 10_000 }, (_, place) => `${place}`.padStart(22, '0'));
    const frameNamed = (id: string) => `${id.slice(-10)}${'0'.repeat(20)}${'x'.repeat(40)}`;
    await client.hset(key, Object.fromEntries(ids.map((id) => [id, frameNamed(id)])));
    expect(await erase()).toMatchObject({ revision: 1, frames: 10_001 });
    expect((await client.hkeys(key)).sort()).toEqual([
      ...['erased', 'erased_seal', 'fence', 'tombstone', 'tombstone_seal'],
    ]);
    expect(await client.hget(key, 'erased')).toBe(linesOf(ids.slice(-ERASED_UPDATES)));
  });

  it('renames a foreign value aside, whole', async () => {
    await client.set(key, 'precious');
    expect(await erase()).toMatchObject({ status: 'erased', revision: 0, frames: 0 });
    expect((await client.hkeys(key)).sort()).toEqual(['fence', 'tombstone', 'tombstone_seal']);
    const [aside = ''] = await client.keys(`${key}:aside:*`);
    expect(await client.get(aside)).toBe('precious');
  });

  it('with an etag leaves a foreign value where it is', async () => {
    await client.set(key, 'precious');
    expect(await erase({ ifMatch: 'f'.repeat(20) })).toEqual({
      status: 'conflict',
      revision: 0,
      etag: '',
    });
    expect(await client.get(key)).toBe('precious');
  });
});

describe('a tombstone', () => {
  it('whose time has passed goes with the next update, and the erased ids with it', async () => {
    const [erased = ''] = await appendMany(1);
    await erase({ tombstoneTtlMs: 100 });
    await appendMany(1);
    await until('the tombstone to end', async () =>
      (await store.inspect(sessionId)).tombstone === undefined ? true : undefined,
    );
    expect(await client.hexists(key, 'erased')).toBe(1);
    expect(await store.append(appendOf({ sessionId, updateId: erased }))).toMatchObject({
      revision: 2,
    });
    const gone = ['tombstone', 'tombstone_seal', 'erased', 'erased_seal'];
    expect(await client.hmget(key, ...gone)).toEqual(gone.map(() => null));
  });

  it('keeps the latest ids as late updates are dropped, and no more than it may', async () => {
    await erase();
    const old = Array.from({ length: ERASED_UPDATES }, (_, place) => `${place}`.padStart(22, 'x'));
    await client.hset(key, 'erased', linesOf(old));
    const late = appendOf({ sessionId, receivedAtMonotonicMs: performance.now() - 60_000 });
    expect(await store.append(late)).toEqual({ status: 'dropped' });
    expect(await client.hget(key, 'erased')).toBe(linesOf([...old.slice(1), late.updateId]));
  });

  it('that stands is left by the new life of a session that is over', async () => {
    await appendMany(1);
    await erase();
    await appendMany(1);
    const before = await client.hmget(key, 'tombstone', 'erased');
    await client.hset(key, 'expires_at', 1000);
    await client.hdel(key, 'seal');
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      revision: 1,
      created: true,
    });
    expect(await client.hmget(key, 'tombstone', 'erased')).toEqual(before);
  });

  it.each([
    [
      'a deadline that no clock reaches',
      (text: string) => text.replace(/ \d+/, ' 253402300800000'),
    ],
    ['an instant of words', (text: string) => text.replace(/^\d+/, 'yesterday')],
    ['more digits than an instant has', (text: string) => `9999999${text}`],
  ])('with %s drops nothing, nor do the ids beside it', async (_, damaged) => {
    const [updateId = ''] = await appendMany(1);
    await erase();
    await client.hset(key, 'tombstone', damaged((await tombstone()).join(' ')));
    await client.hdel(key, 'tombstone_seal');
    expect((await store.inspect(sessionId)).tombstone).toBeUndefined();
    const late = appendOf({
      sessionId,
      updateId,
      receivedAtMonotonicMs: performance.now() - 60_000,
    });
    expect(await store.append(late)).toMatchObject({ revision: 1, created: true });
    expect(await erase()).toMatchObject({ revision: 1, frames: 1 });
    expect((await tombstone()).slice(2)).toEqual([eraseId, '1', '1', '0', '0']);
  });

  it('that cannot say what was erased still drops, and its erase is done again', async () => {
    await appendMany(1);
    await erase();
    await client.hset(key, 'tombstone', (await tombstone()).slice(0, 4).join(' '));
    await client.hdel(key, 'tombstone_seal');
    const late = appendOf({ sessionId, receivedAtMonotonicMs: performance.now() - 60_000 });
    expect(await store.append(late)).toEqual({ status: 'dropped' });
    expect(await erase()).toMatchObject({ status: 'erased', revision: 0 });
  });
});
