// What quarantine looks like in Redis, and what becomes of what should not be there.

import { beforeEach, describe, expect, it } from 'vitest';
import type { QuarantineMove, QuarantineMoves } from '../../../src/store/session-store.ts';
import { appendOf, keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const HOUR_MS = 3_600_000;
const FRAME_BYTES = 78;

const { client, store } = await openStoreAndClient();
let sessionId: string;
let key: string;
beforeEach(() => {
  sessionId = appendOf().sessionId;
  key = keys.session(sessionId);
});

const append = async (ttlMs = 24 * HOUR_MS) => {
  const { updateId, ...rest } = appendOf({ sessionId, ttlMs });
  await store.append({ updateId, ...rest });
  return updateId;
};
const storedValue = async (field: string) =>
  (await client.hgetBuffer(key, field)) ?? Buffer.alloc(0);
const move = (moves: QuarantineMove[], given: Partial<QuarantineMoves> = {}) =>
  store.quarantine({ sessionId, moves, ttlMs: HOUR_MS, quarantineMaxBytes: 10_000, ...given });
const quarantine = async (name: string, given: Partial<QuarantineMoves> = {}) =>
  await move([{ move: 'quarantine', name, value: await storedValue(name) }], given);
const contents = async () => [await client.hgetallBuffer(key), await client.pexpiretime(key)];
const fieldOf = (name: string) => `quarantine:${name}`;
const parked = (atMs: number, untilMs: number, value: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`${atMs}`.padStart(15, '0') + `${untilMs}`.padStart(15, '0')),
    Buffer.from(value),
  ]);

describe('a frame in quarantine', () => {
  it('is a field of its two instants and the stored value as it was', async () => {
    const name = await append();
    const value = await storedValue(name);
    expect(await quarantine(name)).toEqual([name]);
    const fields = await client.hgetallBuffer(key);
    const found = fields[fieldOf(name)] ?? Buffer.alloc(0);
    const atMs = Number(found.subarray(0, 15));
    const [seconds] = await client.time();
    expect(Math.abs(atMs - Number(seconds) * 1000)).toBeLessThan(5000);
    expect(Buffer.compare(found, parked(atMs, atMs + HOUR_MS, value))).toBe(0);
    expect(fields[name]).toBeUndefined();
    expect(String(fields.delta_bytes)).toBe('0');
    expect(String(fields.revision)).toBe('1');
  });

  it('that is released leaves the hash as it was before, to the byte', async () => {
    const name = await append();
    await append();
    const value = await storedValue(name);
    const before = await client.hgetall(key);
    await quarantine(name);
    expect(await move([{ move: 'release', name, value }])).toEqual([name]);
    expect(await client.hgetall(key)).toEqual(before);
  });

  it('that is found in the session, too, to the byte, is taken out of it, and needs no more room', async () => {
    const name = await append();
    const value = await storedValue(name);
    await quarantine(name);
    const field = await storedValue(fieldOf(name));
    await client.hset(key, name, value);
    expect(await quarantine(name, { quarantineMaxBytes: FRAME_BYTES })).toEqual([name]);
    expect(await client.hexists(key, name)).toBe(0);
    expect(await storedValue(fieldOf(name))).toEqual(field);
    expect(await client.hget(key, 'delta_bytes')).toBe('0');
  });

  it('is no metadata: no other field is ever moved', async () => {
    await append();
    await store.lock({ sessionId, token: 'a-token-of-22-letters-', ttlMs: HOUR_MS, renew: false });
    const before = await contents();
    for (const name of ['revision', 'chain', 'lock', 'recent']) {
      expect(await quarantine(name)).toEqual([]);
      const discard = { move: 'discard' as const, name, value: Buffer.alloc(0) };
      expect(await move([discard])).toEqual([]);
    }
    expect(await contents()).toEqual(before);
  });

  it('leaves counts that cannot be read for the next update to mend', async () => {
    const [name] = [await append(), await append()];
    await client.hset(key, 'delta_bytes', 'garbage');
    await quarantine(name);
    expect(await client.hget(key, 'delta_bytes')).toBe('garbage');
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      repaired: true,
      deltaBytes: 2 * FRAME_BYTES,
    });
  });

  it('counts what is left, whatever length the damaged value had', async () => {
    const [name] = [await append(), await append()];
    await client.hset(key, name, 'short');
    await quarantine(name);
    expect(await client.hget(key, 'delta_bytes')).toBe(`${FRAME_BYTES}`);
  });

  it('is left by the new life of a session that is over', async () => {
    const name = await append();
    await quarantine(name);
    const before = await storedValue(fieldOf(name));
    await client.hset(key, 'expires_at', 1000);
    await client.hdel(key, 'seal');
    await append();
    expect(await storedValue(fieldOf(name))).toEqual(before);
  });

  it('leaves a session that is over as it is', async () => {
    const name = await append();
    await client.hset(key, 'expires_at', 1000);
    await client.hdel(key, 'seal');
    const before = await contents();
    expect(await quarantine(name)).toEqual([]);
    expect(await contents()).toEqual(before);
  });
});

describe('the expiry of a key', () => {
  it('moves forward with what goes into quarantine, and no update shortens it', async () => {
    const name = await append(1000);
    await quarantine(name);
    const untilMs = Number((await storedValue(fieldOf(name))).subarray(15, 30));
    expect(await client.pexpiretime(key)).toBe(untilMs);
    await append(2000);
    expect(await client.pexpiretime(key)).toBe(untilMs);
  });

  it('that lies later stays', async () => {
    const name = await append(2 * HOUR_MS);
    const expiry = await client.pexpiretime(key);
    await quarantine(name);
    expect(await client.pexpiretime(key)).toBe(expiry);
  });

  it('stays where nothing is moved in, and where a key has none', async () => {
    const name = await append(1000);
    const expiry = await client.pexpiretime(key);
    expect(await quarantine(name, { quarantineMaxBytes: 1 })).toEqual([]);
    expect(await client.pexpiretime(key)).toBe(expiry);
    await client.persist(key);
    expect(await quarantine(name)).toEqual([name]);
    expect(await client.pexpiretime(key)).toBe(-1);
  });
});

describe('what should not be in quarantine', () => {
  it.each([
    ['its time has passed', parked(1000, 2000, 'evidence')],
    ['its instants cannot be read', Buffer.from('x'.repeat(60))],
    ['it has no instants', Buffer.from('short')],
    ['it has no bytes', Buffer.alloc(0)],
    ['its end is one that no clock reaches', parked(1000, 253_402_300_800_000, 'evidence')],
  ])('(%s) is not there, and is dropped by the next move', async (_, value) => {
    const kept = await append();
    await quarantine(kept);
    const name = 'x'.repeat(22);
    await client.hset(key, fieldOf(name), value);
    const before = await store.inspect(sessionId);
    expect(before.quarantine.map((frame) => frame.name)).toEqual([kept]);
    expect(before.session?.quarantined).toBe(1);
    expect(await move([{ move: 'release', name, value: Buffer.from('evidence') }])).toEqual([]);
    expect(await client.hexists(key, fieldOf(name))).toBe(0);
    expect(await client.hexists(key, fieldOf(kept))).toBe(1);
  });

  it('is dropped together with the key that held nothing else', async () => {
    await client.hset(key, fieldOf('x'.repeat(22)), parked(1000, 2000, 'evidence'));
    expect(await move([])).toEqual([]);
    expect(await client.exists(key)).toBe(0);
  });

  it('does not count as erased', async () => {
    await append();
    await client.hset(key, fieldOf('x'.repeat(22)), 'garbage');
    const erasure = {
      receivedAtMonotonicMs: performance.now(),
      tombstoneTtlMs: HOUR_MS,
      ifMatch: '',
    };
    const result = await store.erase({ sessionId, eraseId: 'the-erase-of-22-letter', ...erasure });
    expect(result).toMatchObject({ frames: 1, quarantined: 0 });
    expect((await client.hkeys(key)).sort()).toEqual([
      ...['erased', 'erased_seal', 'fence', 'tombstone', 'tombstone_seal'],
    ]);
  });
});

it('a foreign value under the key is left alone', async () => {
  await client.set(key, 'precious');
  const name = 'x'.repeat(22);
  for (const way of ['quarantine', 'release'] as const) {
    expect(await move([{ move: way, name, value: Buffer.from('precious') }])).toEqual([]);
  }
  expect(await client.get(key)).toBe('precious');
});
