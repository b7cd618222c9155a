// What a lock looks like in Redis, and how long its key lives.

import { beforeAll, describe, expect, it } from 'vitest';
import { LOCK_TTL_MAX_MS } from '../../../src/session/limits.ts';
import { loadScript } from '../../../src/store/redis/scripts/script.ts';
import { sealOf } from '../../../src/store/seal.ts';
import { LAPSED_LOCK_MS, LOCK_MAX_MS } from '../../../src/store/session-store.ts';
import { appendOf, keys } from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';
import { openStoreAndClient } from './store-and-client.ts';

const HOUR_MS = 3_600_000;
const token = 'a-token-of-22-letters-';
const other = 'another-token-of-22-ls';

const { client, store } = await openStoreAndClient();
let sessionId: string;
let key: string;

const newKey = () => {
  sessionId = appendOf().sessionId;
  key = keys.session(sessionId);
};
const lock = (ttlMs: number, given: { token?: string; renew?: boolean } = {}) =>
  store.lock({ sessionId, token, ttlMs, renew: false, ...given });
const contents = async () => [await client.hgetallBuffer(key), await client.pexpiretime(key)];
const deadlineOf = async () => Number((await client.hget(key, 'lock'))?.split(' ')[1]);
const sealedLock = (lock: string) => ({ lock, lock_seal: sealOf(lock) });
const fence = async () => (await client.hget(key, 'fence')) ?? '';
const nowMs = async () => {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
};

describe('a lock', () => {
  beforeAll(newKey);

  it('is one field of its token and its deadline, whose key outlives it for a minute', async () => {
    const before = await nowMs();
    await lock(HOUR_MS);
    const deadlineMs = await deadlineOf();
    expect(await client.hgetall(key)).toEqual(sealedLock(`${token} ${deadlineMs}`));
    expect(deadlineMs).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect(deadlineMs).toBeLessThanOrEqual((await nowMs()) + HOUR_MS);
    expect(await client.pexpiretime(key)).toBe(deadlineMs + LAPSED_LOCK_MS);
  });

  it('that is renewed for a shorter time has an earlier deadline, and its key the same expiry', async () => {
    const [deadlineMs, expiry] = [await deadlineOf(), await client.pexpiretime(key)];
    await lock(HOUR_MS / 2, { renew: true });
    expect(await deadlineOf()).toBeLessThan(deadlineMs);
    expect(await client.pexpiretime(key)).toBe(expiry);
  });

  it('that is renewed for a longer time moves the expiry of its key forward', async () => {
    await lock(2 * HOUR_MS, { renew: true });
    expect(await client.pexpiretime(key)).toBe((await deadlineOf()) + LAPSED_LOCK_MS);
  });

  it('that is asked for by others stays as it is, to the byte', async () => {
    const before = await contents();
    await lock(HOUR_MS, { token: other });
    await lock(HOUR_MS, { token: other, renew: true });
    expect(await contents()).toEqual(before);
  });

  it('that is released keeps its token, and its key the same expiry', async () => {
    const expiry = await client.pexpiretime(key);
    await store.unlock({ sessionId, token });
    await store.unlock({ sessionId, token });
    expect(await client.hgetall(key)).toEqual({
      ...sealedLock(`${token} 0`),
      fence: await fence(),
    });
    expect(await client.pexpiretime(key)).toBe(expiry);
  });
});

describe('a lock beside a session', () => {
  it('leaves the expiry of a key that lives longer', async () => {
    newKey();
    await store.append(appendOf({ sessionId, ttlMs: 2 * HOUR_MS }));
    const expiry = await client.pexpiretime(key);
    await lock(HOUR_MS);
    expect(await client.pexpiretime(key)).toBe(expiry);
  });

  it('prolongs the key and not the session, and no update shortens it', async () => {
    newKey();
    await store.append(appendOf({ sessionId, ttlMs: 1000 }));
    await lock(HOUR_MS);
    const expiry = (await deadlineOf()) + LAPSED_LOCK_MS;
    expect(await client.pexpiretime(key)).toBe(expiry);
    expect(Number(await client.hget(key, 'expires_at'))).toBeLessThan(expiry - HOUR_MS / 2);
    await store.append(appendOf({ sessionId, ttlMs: 2000, lockToken: token }));
    expect(await client.pexpiretime(key)).toBe(expiry);
  });

  it('keeps the frames of a late update that is over when it comes', async () => {
    newKey();
    await lock(HOUR_MS);
    const late = appendOf({
      sessionId,
      receivedAtMonotonicMs: performance.now() - HOUR_MS,
      ttlMs: 1000,
    });
    await store.append({ ...late, lockToken: token });
    expect(await client.pexpiretime(key)).toBe((await deadlineOf()) + LAPSED_LOCK_MS);
    expect(await store.read(sessionId)).toBeUndefined();
  });

  it('gives no expiry to a key that has none', async () => {
    newKey();
    await store.append(appendOf({ sessionId }));
    await client.persist(key);
    await lock(1000);
    expect(await client.pexpiretime(key)).toBe(-1);
  });
});

describe('a lock that lapsed', () => {
  it('goes with the first who is told of it, and leaves the fence', async () => {
    newKey();
    await lock(50);
    await until('the lock to lapse', async () =>
      (await store.inspect(sessionId)).lockedUntilMs === undefined ? true : undefined,
    );
    expect(await client.hget(key, 'lock')).toMatch(/^\S+ [1-9]\d+$/);
    expect(await store.unlock({ sessionId, token })).toEqual({ status: 'lost', lapsed: true });
    expect(await client.hkeys(key)).toEqual(['fence']);
  });

  it.each([
    ['is told of within a minute', LAPSED_LOCK_MS - 10_000, true],
    ['is forgotten after a minute, also in a key that lives on', LAPSED_LOCK_MS + 1, false],
  ])('%s', async (_, agoMs, lapsed) => {
    const attempts = [
      () => lock(HOUR_MS, { token: other }),
      () => lock(HOUR_MS, { renew: true }),
      () => store.unlock({ sessionId, token }),
    ];
    for (const attempt of attempts) {
      newKey();
      await store.append(appendOf({ sessionId }));
      await client.hset(key, 'lock', `${token} ${(await nowMs()) - agoMs}`);
      await client.hdel(key, 'lock_seal');
      expect(await attempt()).toMatchObject({ lapsed });
    }
  });
});

describe('the fence', () => {
  it('is left by a release of what nobody holds, and its key goes after a minute', async () => {
    newKey();
    const before = await nowMs();
    expect(await store.unlock({ sessionId, token })).toEqual({ status: 'lost', lapsed: false });
    expect(await client.hkeys(key)).toEqual(['fence']);
    expect(Number(await fence())).toBeGreaterThanOrEqual(before * 1000);
    expect(await client.pexpiretime(key)).toBe(Math.floor(Number(await fence()) / 1000) + 60_000);
    expect(await store.read(sessionId)).toBeUndefined();
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      created: true,
      repaired: false,
    });
  });

  it('does not shorten the life of its key', async () => {
    newKey();
    await store.append(appendOf({ sessionId, ttlMs: HOUR_MS }));
    const expiry = await client.pexpiretime(key);
    await store.unlock({ sessionId, token });
    expect(await client.pexpiretime(key)).toBe(expiry);
  });

  it('ahead of the clock keeps nobody from the lock', async () => {
    newKey();
    await client.hset(key, 'fence', `${((await nowMs()) + HOUR_MS) * 1000}`);
    expect(await lock(HOUR_MS)).toEqual({ status: 'held', lapsed: false });
  });

  it('is passed at once by whoever asks after it, 200 times in a row', async () => {
    newKey();
    for (let turn = 0; turn < 200; turn++) {
      const own = `${turn}`.padStart(22, '-');
      expect(await lock(HOUR_MS, { token: own })).toEqual({ status: 'held', lapsed: false });
      expect(await store.unlock({ sessionId, token: own })).toEqual({ status: 'released' });
    }
  });
});

describe('a field that is no lock', () => {
  it.each([
    ['a deadline that no clock reaches', `${token} 253402300800000`],
    ['more digits than an instant has', `${token} ${'9'.repeat(30)}`],
    ['no token', '1900000000000'],
    ['a deadline below zero', `${token} -1`],
    ['bytes of noise', '\0\xff 1'],
  ])('(%s) holds nobody up', async (_, text) => {
    newKey();
    await client.hset(key, 'lock', text);
    await client.hdel(key, 'lock_seal');
    expect((await store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
    expect(await store.unlock({ sessionId, token })).toEqual({ status: 'lost', lapsed: false });
    expect(await store.append(appendOf({ sessionId, lockToken: token }))).toEqual({
      status: 'lock-lost',
    });
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'stored' });
    expect(await lock(HOUR_MS)).toEqual({ status: 'held', lapsed: false });
  });
});

describe('a foreign value where a lock is wanted', () => {
  it('is renamed aside, whole', async () => {
    newKey();
    await client.set(key, 'precious');
    expect(await lock(HOUR_MS)).toEqual({ status: 'held', lapsed: false });
    expect(await client.hgetall(key)).toEqual(sealedLock(`${token} ${await deadlineOf()}`));
    expect(await client.pexpiretime(key)).toBe((await deadlineOf()) + LAPSED_LOCK_MS);
    const [aside = ''] = await client.keys(`${key}:aside:*`);
    expect(await client.get(aside)).toBe('precious');
  });

  it('stays where it is when a lock is renewed or released', async () => {
    newKey();
    await client.set(key, 'precious');
    expect(await lock(HOUR_MS, { renew: true })).toEqual({ status: 'lost', lapsed: false });
    expect(await store.unlock({ sessionId, token })).toEqual({ status: 'lost', lapsed: false });
    expect(await client.get(key)).toBe('precious');
  });

  it('may be as long as a request may ask for', () => {
    expect(LOCK_MAX_MS).toBe(LOCK_TTL_MAX_MS);
    expect(loadScript('append').lua).toContain(`'^(%S+) (%d+)$', ${LOCK_TTL_MAX_MS}\n`);
  });
});
