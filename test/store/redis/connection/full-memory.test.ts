// A Redis that may take no more memory: updates are refused whole; compaction and erasing still
// make room.

import { expect, it } from 'vitest';
import { StoreUnavailable } from '../../../../src/store/session-store.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../../../support/redis-store.ts';

it('refuses appends and lets a session be folded', async () => {
  const server = await startRedisServer();
  const store = await openStore(standaloneTarget(server));
  const { sessionId } = appendOf();
  for (let turn = 0; turn < 3; turn++)
    await store.append(appendOf({ sessionId, frame: Buffer.alloc(4000) }));
  const before = await store.read(sessionId);
  if (!before) throw new Error('the session is missing');
  await server.client.config('SET', 'maxmemory', '1');

  await expect(store.append(appendOf({ sessionId }))).rejects.toThrow(/OOM/);
  await expect(store.append(appendOf({ sessionId }))).rejects.toThrow(StoreUnavailable);
  const { incarnation, frames: folded, revision, etag } = before;
  const snapshot = { name: 'snapshot:1', revision, etag, frame: Buffer.alloc(100) };
  expect(await store.compact({ sessionId, incarnation, folded, snapshot, recent: [] })).toBe(
    'compacted',
  );

  await server.client.config('SET', 'maxmemory', '0');
  const after = await store.read(sessionId);
  expect(after).toMatchObject({ revision: 3, deltaBytes: 0, frames: [{ name: 'snapshot:1' }] });
  await store.close();
  await server.stop();
});

it('lets a lock be released and a session be erased, and takes no new lock', async () => {
  const server = await startRedisServer();
  const store = await openStore(standaloneTarget(server));
  const { sessionId } = appendOf();
  const lock = { sessionId, token: 'a-token-of-22-letters-', ttlMs: 60_000, renew: false };
  const entry = { userId: 'user', sessionId, receivedAtMonotonicMs: performance.now() };
  await store.append(appendOf({ sessionId, frame: Buffer.alloc(4000) }));
  await store.index({ ...entry, eventMs: 1, ttlMs: 60_000 });
  await store.lock(lock);
  await server.client.config('SET', 'maxmemory', '1');

  expect(await store.unlock(lock)).toEqual({ status: 'released' });
  await expect(store.lock(lock)).rejects.toThrow(/OOM/);
  await store.eraseUser({ ...entry, tombstoneTtlMs: 60_000 });
  const erasure = {
    ...entry,
    eraseId: 'the-erase-of-22-letter',
    tombstoneTtlMs: 60_000,
    ifMatch: '',
  };
  expect(await store.erase(erasure)).toMatchObject({ status: 'erased', frames: 1, locked: false });
  expect(await store.unindex({ userId: 'user', sessionIds: [sessionId] })).toBe(1);

  await server.client.config('SET', 'maxmemory', '0');
  expect(await store.read(sessionId)).toBeUndefined();
  await store.close();
  await server.stop();
});
