// What a session looks like in Redis, and what becomes of things that should not be there.

import { describe, expect, it } from 'vitest';
import { appendOf, keys } from '../../support/redis-store.ts';
import { openStoreAndClient } from './store-and-client.ts';

const MINUTE_MS = 60_000;

const { client, store } = await openStoreAndClient();

describe('a session', () => {
  it('is one hash of its metadata and a field for each live frame', async () => {
    const append = appendOf({ flowId: 'booking' });
    const result = await store.append(append);
    const fields = await client.hgetallBuffer(keys.session(append.sessionId));
    expect(Object.keys(fields).sort()).toEqual(
      [
        append.updateId,
        ...['chain', 'created_at', 'delta_bytes', 'expires_at', 'flow', 'incarnation', 'revision'],
        ...['noted', 'seal', 'snapshot_bytes'],
      ].sort(),
    );
    expect(result.status).toBe('stored');
    const { etag } = result as { etag: string };
    const value = Buffer.concat([Buffer.from(`0000000001${etag}`), append.frame]);
    expect(Buffer.compare(fields[append.updateId] as Buffer, value)).toBe(0);
  });

  it.each([10, 100_000])(
    'has a key that expires when it does, %d ms after the moment of its update',
    async (age) => {
      const append = appendOf({ receivedAtMonotonicMs: performance.now() - age });
      const key = keys.session(append.sessionId);
      await store.append(append);
      expect(String(await client.pexpiretime(key))).toBe(await client.hget(key, 'expires_at'));
      await store.append(appendOf({ sessionId: append.sessionId, ttlMs: 2 * append.ttlMs }));
      expect(String(await client.pexpiretime(key))).toBe(await client.hget(key, 'expires_at'));
    },
  );

  it('that is to live exactly so long has a key that expires with the last of what is in it', async () => {
    const { sessionId } = appendOf();
    const key = keys.session(sessionId);
    const exact = (ttlMs: number) => store.append(appendOf({ sessionId, ttlMs, isTtlExact: true }));
    const left = async () => (await client.pexpiretime(key)) - Date.now();
    await store.append(appendOf({ sessionId, ttlMs: 100 * MINUTE_MS }));
    await exact(10 * MINUTE_MS);
    expect(String(await client.pexpiretime(key))).toBe(await client.hget(key, 'expires_at'));
    expect(Math.abs((await left()) - 10 * MINUTE_MS)).toBeLessThan(5000);
    const quarantinedUntil = Date.now() + 40 * MINUTE_MS;
    const instants = [Date.now(), quarantinedUntil].map((ms) => String(ms).padStart(15, '0'));
    await client.hset(key, `quarantine:${'x'.repeat(22)}`, `${instants.join('')}evidence`);
    await exact(5 * MINUTE_MS);
    expect(await client.pexpiretime(key)).toBe(quarantinedUntil);
    const erasure = { sessionId, eraseId: 'e'.repeat(22), ifMatch: '' };
    await store.erase({ ...erasure, tombstoneTtlMs: 60 * MINUTE_MS });
    await store.append(appendOf({ sessionId, ttlMs: 100 * MINUTE_MS }));
    await exact(1000);
    expect(Math.abs((await left()) - 60 * MINUTE_MS)).toBeLessThan(5000);
    const alone = appendOf({ ttlMs: 1000, isTtlExact: true });
    await store.append(alone);
    const expiry = await client.pexpiretime(keys.session(alone.sessionId));
    expect(expiry - Date.now()).toBeLessThan(2 * MINUTE_MS);
  });

  it('that is over by its own clock reads as missing, though its key is still there', async () => {
    const append = appendOf();
    await store.append(append);
    await client.hset(keys.session(append.sessionId), 'expires_at', Date.now() - 1000);
    await client.hdel(keys.session(append.sessionId), 'seal');
    expect(await store.read(append.sessionId)).toBeUndefined();
  });

  it('that is over is cleared by the next append of its own fields, and of no others', async () => {
    const { sessionId } = appendOf();
    const key = keys.session(sessionId);
    const old = await Promise.all([1, 2, 3].map(async () => store.append(appendOf({ sessionId }))));
    const incarnation = await client.hget(key, 'incarnation');
    const kept = {
      ...{
        lock: `token ${Date.now() - 1000}`,
        tombstone: `1000 ${Date.now() + 60_000} id 0 0 0 0`,
      },
      ...{
        erased: `${'x'.repeat(22)}\n`,
        [`quarantine:${'x'.repeat(22)}`]: 'evidence',
        other: 'kept',
      },
    };
    await client.hset(key, { expires_at: 1000, recent: 'x', flow: 'old', ...kept });
    await client.hdel(key, 'seal');
    const next = appendOf({ sessionId });
    expect(await store.append(next)).toMatchObject({ revision: 1, created: true, repaired: false });
    const fields = await client.hgetall(key);
    expect(fields).toMatchObject({
      revision: '1',
      snapshot_bytes: '0',
      delta_bytes: '78',
      ...kept,
    });
    expect(fields.incarnation).not.toBe(incarnation);
    expect(fields.recent).toBeUndefined();
    expect(fields.flow).toBeUndefined();
    expect(Object.keys(fields).filter((name) => name.length === 22)).toEqual([next.updateId]);
    expect(old.map((result) => 'etag' in result && result.etag)).not.toContain(fields.chain);
  });

  it('that is over may begin anew with an update of its old life', async () => {
    const append = appendOf({ flowId: 'old' });
    const key = keys.session(append.sessionId);
    await store.append(append);
    await client.hset(key, 'expires_at', Date.now() - 1000);
    await client.hdel(key, 'seal');
    expect(await store.append({ ...append, flowId: 'new' })).toMatchObject({
      revision: 1,
      created: true,
    });
    const session = await store.read(append.sessionId);
    expect(session?.frames.map((frame) => frame.name)).toEqual([append.updateId]);
    expect(session).toMatchObject({ flowId: 'new', deltaBytes: 78 });
  });

  it('that is over is not cleared by an update that there is no room for', async () => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    await store.append(append);
    await client.hset(key, 'expires_at', Date.now() - 1000);
    await client.hdel(key, 'seal');
    const before = await client.hgetall(key);
    const tooLarge = appendOf({ sessionId: append.sessionId, sessionMaxBytes: 10 });
    expect(await store.append(tooLarge)).toEqual({
      status: 'needs-fold',
      snapshotBytes: 0,
      deltaBytes: 0,
    });
    expect(await client.hgetall(key)).toEqual(before);
  });

  it('of 10 000 frames is compacted, and cleared, for all that Lua takes fewer arguments', async () => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    const fill = async () => {
      const frames = Array.from({ length: 10_000 }, (_, place) => [
        `${place}`.padStart(22, '0'),
        'x'.repeat(40),
      ]);
      await client.hset(key, Object.fromEntries(frames));
    };
    await store.append(append);
    await fill();
    const view = await store.read(append.sessionId);
    if (view === undefined) throw new Error('the session is missing');
    const snapshot = { name: 'snapshot:1', revision: 1, etag: view.etag, frame: Buffer.alloc(70) };
    const { sessionId } = append;
    const { incarnation, frames: folded } = view;
    expect(folded).toHaveLength(10_001);
    expect(await store.compact({ sessionId, incarnation, folded, snapshot, recent: [] })).toBe(
      'compacted',
    );
    expect((await store.read(sessionId))?.frames).toHaveLength(1);
    await fill();
    await client.hset(key, 'expires_at', Date.now() - 1000);
    await client.hdel(key, 'seal');
    expect(await store.append(append)).toMatchObject({ revision: 1, created: true });
    expect((await store.read(sessionId))?.frames).toHaveLength(1);
  });

  it('does not exist where a key holds neither a creation nor a frame', async () => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    await client.hset(key, 'lock', 'token');
    await client.hdel(key, 'lock_seal');
    expect(await store.read(append.sessionId)).toBeUndefined();
    expect(await store.append(append)).toMatchObject({
      revision: 1,
      created: true,
      repaired: false,
    });
    expect(await client.hget(key, 'lock')).toBe('token');
  });

  it.each([
    ['a revision that no caller could be told', 'revision', '4294967295'],
    ['an incarnation that is none', 'incarnation', 'not hex'],
    ['an incarnation that is empty', 'incarnation', ''],
    ['bytes below zero', 'delta_bytes', '-30'],
  ])('with %s is repaired by the next append', async (_, field, text) => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    await store.append(append);
    await client.hset(key, field, text);
    const next = appendOf({ sessionId: append.sessionId });
    expect(await store.append(next)).toMatchObject({
      revision: 2,
      repaired: true,
      deltaBytes: 156,
    });
    expect((await store.read(append.sessionId))?.frames.map((frame) => frame.name)).toEqual([
      append.updateId,
      next.updateId,
    ]);
  });

  it('whose bytes were miscounted is counted by its compaction', async () => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    await store.append(append);
    await client.hset(key, 'delta_bytes', '007');
    const view = await store.read(append.sessionId);
    if (view === undefined) throw new Error('the session is missing');
    const snapshot = { name: 'snapshot:1', revision: 1, etag: view.etag, frame: Buffer.alloc(70) };
    const { sessionId } = append;
    const { incarnation, frames: folded } = view;
    expect(await store.compact({ sessionId, incarnation, folded, snapshot, recent: [] })).toBe(
      'compacted',
    );
    const next = appendOf({ sessionId });
    expect(await store.append(next)).toMatchObject({
      repaired: false,
      snapshotBytes: 100,
      deltaBytes: 78,
    });
  });
});

describe('a foreign value under the key of a session', () => {
  const foreign: [string, (key: string) => Promise<unknown>][] = [
    ['string', (key) => client.set(key, 'precious')],
    ['list', (key) => client.rpush(key, 'precious')],
    ['zset', (key) => client.zadd(key, 1, 'precious')],
    ['stream', (key) => client.xadd(key, '*', 'precious', '1')],
  ];

  it.each(foreign)('(a %s) reads as no session, and stays where it is', async (type, put) => {
    const { sessionId } = appendOf();
    const key = keys.session(sessionId);
    await put(key);
    expect(await store.read(sessionId)).toBeUndefined();
    expect(await client.type(key)).toBe(type);
  });

  it.each(foreign)('(a %s) is renamed aside by the next append, whole', async (type, put) => {
    const append = appendOf();
    const key = keys.session(append.sessionId);
    await put(key);
    const dump = await client.dumpBuffer(key);
    expect(await store.append(append)).toMatchObject({
      revision: 1,
      created: true,
      setAside: true,
    });
    expect(await client.type(key)).toBe('hash');
    const [aside = ''] = await client.keys(`${key}:aside:*`);
    expect(aside).toMatch(/:aside:\d{13}$/);
    expect(await client.type(aside)).toBe(type);
    expect(await client.dumpBuffer(aside)).toEqual(dump);
  });

  it('is left alone by an update that there is no room for, and by compaction', async () => {
    const append = appendOf({ sessionMaxBytes: 10 });
    const key = keys.session(append.sessionId);
    await client.set(key, 'precious');
    expect(await store.append(append)).toMatchObject({ status: 'needs-fold' });
    const snapshot = {
      name: 'snapshot:1',
      revision: 1,
      etag: '0'.repeat(20),
      frame: Buffer.alloc(70),
    };
    const { sessionId } = append;
    expect(
      await store.compact({ sessionId, incarnation: 'a', folded: [], snapshot, recent: [] }),
    ).toBe('changed');
    expect(await client.get(key)).toBe('precious');
  });
});
