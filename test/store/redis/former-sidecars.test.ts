// A sidecar of the version before writes said until when they count, beside one of this version, on
// one store, as in a rolling upgrade. Its scripts, as they were, are in former-scripts/.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOCK_MAX_MS } from '../../../src/store/session-store.ts';
import { appendOf, keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const HOUR_MS = 3_600_000;
const token = 'a-token-of-22-letters-';
const other = 'another-token-of-22-ls';

const { client, store } = await openStoreAndClient();
let sessionId: string;
let key: string;
beforeEach(() => {
  sessionId = appendOf().sessionId;
  key = keys.session(sessionId);
});

/** What the former sidecar does, in the words of its scripts. */
const former = {
  async append({ updateId = newId(), receivedAtMs = performance.now() } = {}) {
    const ageMs = Math.max(0, Math.round(performance.now() - receivedAtMs));
    const limits = [HOUR_MS, 1e9, randomBytes(8).toString('hex')];
    return run('append', [updateId, randomBytes(48), '', ageMs, ...limits, '', '']);
  },
  async erase({ eraseId = newId(), receivedAtMs = performance.now() } = {}) {
    const ageMs = Math.max(0, Math.round(performance.now() - receivedAtMs));
    return run('erase', [eraseId, ageMs, HOUR_MS, '', 2, 5000]);
  },
  lock: (by: string) => run('lock', [by, LOCK_MAX_MS, 60_000, 0]),
  unlock: (by: string) => run('unlock', [by, 60_000]),
};

async function run(name: string, args: (string | number | Buffer)[]): Promise<string> {
  const lua = readFileSync(new URL(`former-scripts/${name}.lua`, import.meta.url), 'utf8');
  const [status] = (await client.call('eval', [lua, '1', key, ...args])) as [string];
  return status;
}

const newId = () => randomBytes(16).toString('base64url');
const erase = (eraseId = newId()) =>
  store.erase({ sessionId, eraseId, tombstoneTtlMs: HOUR_MS, ifMatch: '' });
const lock = (by: string) => store.lock({ sessionId, token: by, ttlMs: LOCK_MAX_MS, renew: false });
const late = { receivedAtMonotonicMs: performance.now() - 60_000 };

describe('erases', () => {
  it('of this version drop what the former one sends late, and what it repeats', async () => {
    const updateId = newId();
    expect(await former.append({ updateId })).toBe('stored');
    await erase();
    expect(await former.append({ receivedAtMs: performance.now() - 5000 })).toBe('dropped');
    expect(await former.append({ updateId })).toBe('dropped');
    expect(await former.append()).toBe('stored');
  });

  it('of the former one drop what this version sends late, and what it repeats', async () => {
    const append = appendOf({ sessionId });
    await store.append(append);
    expect(await former.erase()).toBe('erased');
    const dropped = appendOf({ sessionId, ...late });
    expect(await store.append(dropped)).toEqual({ status: 'dropped' });
    expect(await store.append(append)).toEqual({ status: 'dropped' });
    expect(await store.append(appendOf({ sessionId }))).toMatchObject({
      status: 'stored',
      revision: 1,
    });
    // What this version remembers as dropped, the former one drops too.
    expect(await former.append({ updateId: dropped.updateId })).toBe('dropped');
  });

  it('of either are recognised by the other when they are repeated', async () => {
    const [one, two] = [newId(), newId()];
    await store.append(appendOf({ sessionId }));
    await erase(one);
    const before = await client.hgetall(key);
    expect(await former.erase({ eraseId: one })).toBe('erased');
    expect(await client.hgetall(key)).toEqual(before);
    await former.erase({ eraseId: two });
    const after = await client.hgetall(key);
    expect(await erase(two)).toMatchObject({ status: 'erased' });
    expect(await client.hgetall(key)).toEqual(after);
  });

  it('drop no save that follows their answer, whoever erased and whoever saves', async () => {
    for (let turn = 0; turn < 100; turn++) {
      sessionId = appendOf().sessionId;
      key = keys.session(sessionId);
      await (turn % 2 ? former.erase() : erase());
      expect(await store.append(appendOf({ sessionId }))).toMatchObject({ status: 'stored' });
      await (turn % 2 ? former.erase() : erase());
      expect(await former.append()).toBe('stored');
    }
  });
});

describe('locks', () => {
  it('of either keep the other out, and are given back for both', async () => {
    expect(await lock(token)).toMatchObject({ status: 'held' });
    expect(await former.lock(other)).toBe('busy');
    expect(await former.append()).toBe('locked');
    await store.unlock({ sessionId, token });
    expect(await former.lock(other)).toBe('held');
    expect(await lock(token)).toMatchObject({ status: 'busy' });
    expect(await former.unlock(other)).toBe('released');
    expect(await lock(newId())).toMatchObject({ status: 'held' });
  });

  it('that the former one gave back are free for this one at once, 100 times in a row', async () => {
    for (let turn = 0; turn < 100; turn++) {
      const own = newId();
      expect(await lock(own)).toMatchObject({ status: 'held' });
      expect(await former.unlock(own)).toBe('released');
    }
  });
});

describe('the fence', () => {
  it('is no frame to the former one, and outlives what it appends', async () => {
    await store.unlock({ sessionId, token });
    const fence = await client.hget(key, 'fence');
    expect(await former.append()).toBe('stored');
    await client.hset(key, 'expires_at', 1000);
    await client.hdel(key, 'seal');
    expect(await former.append()).toBe('stored');
    expect(await client.hget(key, 'fence')).toBe(fence);
    expect((await store.read(sessionId))?.frames).toHaveLength(1);
  });

  it('goes with an erase of the former one, and locks go on', async () => {
    await store.unlock({ sessionId, token });
    await former.erase();
    expect(await client.hexists(key, 'fence')).toBe(0);
    expect(await lock(token)).toMatchObject({ status: 'held' });
  });
});

describe('seals', () => {
  it('are renewed by the update after one of the former version, in the same incarnation', async () => {
    for (let updates = 1; updates <= 3; updates++) {
      sessionId = appendOf().sessionId;
      key = keys.session(sessionId);
      await store.append(appendOf({ sessionId }));
      for (let update = 0; update < updates; update++) expect(await former.append()).toBe('stored');
      const found = await store.read(sessionId);
      expect(found).toMatchObject({ revision: 1 + updates, isWhole: true, damage: [] });
      expect(found?.etag).toBe(await client.hget(key, 'chain'));
      const next = appendOf({ sessionId, ifMatch: found?.etag ?? 'none' });
      expect(await store.append(next)).toMatchObject({
        ...{ status: 'stored', repaired: false, created: false },
        incarnation: found?.incarnation,
      });
      // Sealed: damage from here on is repaired.
      await client.hset(key, 'expires_at', '0796075897353');
      expect(await store.read(sessionId)).toMatchObject({
        ...{ revision: 2 + updates, damage: ['expires_at'] },
      });
    }
  });

  it('do not bring back what the former version erased, created again, or let go', async () => {
    await store.append(appendOf({ sessionId }));
    await lock(token);
    expect(await former.unlock(token)).toBe('released');
    expect(await store.inspect(sessionId)).toMatchObject({ lockedUntilMs: undefined });
    expect(await former.lock(other)).toBe('held');
    expect(await former.erase()).toBe('erased');
    expect((await store.inspect(sessionId)).session).toBeUndefined();
    await former.unlock(other);
    expect(await former.append()).toBe('stored');
    expect(await store.read(sessionId)).toMatchObject({ revision: 1, isWhole: true, damage: [] });
  });
});
