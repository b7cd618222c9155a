// When locks, tombstones and frames in quarantine begin and cease to count, to the millisecond.

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { ERASED_UPDATES, LAPSED_LOCK_MS } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import {
  erase,
  erasureOf,
  lockOf,
  moveFrames,
  movesOf,
  quarantinedSession,
} from '../../contract/control-under-test.ts';
import { appendOf, newSessionId, sessionOf, storeMany } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const START_MS = 1_800_000_000_000;
const clock = { nowMs: START_MS, nowMonotonicMs: 0 };
const path = scratchFile();
const store = createSqliteStore({
  path,
  nowMs: () => clock.nowMs,
  nowMonotonicMs: () => clock.nowMonotonicMs,
});
const tested = { store, tamper: () => Promise.reject(new Error('not here')) };
const database = new DatabaseSync(path);
afterAll(async () => {
  database.close();
  await store.close();
});
beforeEach(() => {
  clock.nowMs = START_MS;
  clock.nowMonotonicMs = 5_000;
});

/** What was received so long after the start of the test. */
const receivedAt = (offsetMs: number) => ({ receivedAtMonotonicMs: 5_000 + offsetMs });

it('a lock is held up to its last millisecond, and not in the one after', async () => {
  const lock = lockOf(newSessionId(), { ttlMs: 1_000 });
  const { sessionId, token } = lock;
  await store.lock(lock);
  expect((await store.inspect(sessionId)).lockedUntilMs).toBe(START_MS + 1_000);
  clock.nowMs = START_MS + 999;
  expect(await store.lock(lockOf(sessionId))).toEqual({ status: 'busy', remainingMs: 1 });
  expect(await store.append(appendOf(sessionId))).toEqual({ status: 'locked', remainingMs: 1 });
  expect(await store.append(appendOf(sessionId, { lockToken: token }))).toMatchObject({
    status: 'stored',
  });
  clock.nowMs++;
  expect((await store.inspect(sessionId)).lockedUntilMs).toBeUndefined();
  expect(await store.append(appendOf(sessionId, { lockToken: token }))).toEqual({
    status: 'lock-lost',
  });
  expect(await store.append(appendOf(sessionId))).toMatchObject({ status: 'stored' });
});

it('keeping a lock counts from now on', async () => {
  const lock = lockOf(newSessionId(), { ttlMs: 1_000 });
  await store.lock(lock);
  clock.nowMs += 900;
  expect(await store.lock({ ...lock, renew: true, ttlMs: 500.4 })).toEqual({
    status: 'held',
    lapsed: false,
  });
  expect((await store.inspect(lock.sessionId)).lockedUntilMs).toBe(START_MS + 1_400);
});

it.each([0, 1])(
  'a lapsed lock is told of until its memory ends, and not later (+%i ms)',
  async (lateMs) => {
    const [one, two, three] = [
      lockOf(newSessionId()),
      lockOf(newSessionId()),
      lockOf(newSessionId()),
    ];
    for (const lock of [one, two, three]) await store.lock({ ...lock, ttlMs: 1_000 });
    clock.nowMs = START_MS + 1_000 + LAPSED_LOCK_MS - 1 + lateMs;
    const lapsed = lateMs === 0;
    expect(await store.lock(lockOf(one.sessionId))).toEqual({ status: 'held', lapsed });
    expect(await store.lock({ ...two, renew: true })).toEqual({ status: 'lost', lapsed });
    expect(await store.unlock(three)).toEqual({ status: 'lost', lapsed });
  },
);

it('a tombstone drops what was received before its instant, to the millisecond, until its deadline', async () => {
  const sessionId = newSessionId();
  await erase(tested, sessionId, { tombstoneTtlMs: 1_000 });
  const tombstone = { instantMs: START_MS, expiresAtMs: START_MS + 1_000 };
  expect((await store.inspect(sessionId)).tombstone).toEqual(tombstone);
  const [before, after] = [receivedAt(-1.001), receivedAt(-1)];
  expect(await store.append(appendOf(sessionId, before))).toEqual({ status: 'dropped' });
  expect(await store.append(appendOf(sessionId, after))).toMatchObject({ status: 'stored' });
  clock.nowMs = START_MS + 999;
  clock.nowMonotonicMs += 999;
  expect(await store.append(appendOf(sessionId, before))).toEqual({ status: 'dropped' });
  clock.nowMs++;
  expect((await store.inspect(sessionId)).tombstone).toBeUndefined();
  expect(await store.append(appendOf(sessionId, before))).toMatchObject({ status: 'stored' });
});

it('what an erase removed is answered again until its tombstone ends', async () => {
  const { sessionId } = await sessionOf(tested, 3);
  const erasure = erasureOf(sessionId, { tombstoneTtlMs: 1_000 });
  const first = await store.erase(erasure);
  clock.nowMs = START_MS + 999;
  expect(await store.erase(erasure)).toEqual(first);
  clock.nowMs++;
  expect(await store.erase(erasure)).toMatchObject({ status: 'erased', revision: 0, frames: 0 });
});

it('of more erased updates than a tombstone remembers, the latest are dropped', async () => {
  const sessionId = newSessionId();
  const appends = await storeMany(tested, sessionId, ERASED_UPDATES + 1);
  await erase(tested, sessionId);
  const again = appends.slice(0, 2).map((append) => ({ ...append, ...receivedAt(0) }));
  const results = await Promise.all(again.map((append) => store.append(append)));
  expect(results).toMatchObject([{ status: 'stored' }, { status: 'dropped' }]);
});

it("a user's tombstone counts to the millisecond, and until its deadline", async () => {
  const userId = newSessionId();
  const note = async (sessionId: string, offsetMs: number) => {
    const entry = { userId, sessionId, eventMs: 1, ttlMs: 9_000, ...receivedAt(offsetMs) };
    return (await store.index(entry)).status;
  };
  await store.eraseUser({ userId, tombstoneTtlMs: 1_000 });
  expect(await note('before', -1.001)).toBe('erased');
  expect(await note('after', -1)).toBe('noted');
  clock.nowMs = START_MS + 999;
  clock.nowMonotonicMs += 999;
  expect(await note('before', -1.001)).toBe('erased');
  clock.nowMs++;
  expect(await note('before', -1.001)).toBe('noted');
});

it('a frame is in quarantine up to its last millisecond, and leaves its room to others', async () => {
  const { sessionId, frame, view } = await quarantinedSession(tested, 3, { ttlMs: 1_000 });
  const second = view.frames.slice(1, 2);
  const limit = { quarantineMaxBytes: frame.value.length, ttlMs: 9_000 };
  clock.nowMs = START_MS + 999;
  const found = await store.inspect(sessionId);
  expect(found.quarantine).toMatchObject([
    { quarantinedAtMs: START_MS, expiresAtMs: START_MS + 1_000 },
  ]);
  expect(found.session?.quarantined).toBe(1);
  expect(await moveFrames(tested, sessionId, movesOf('quarantine', second), limit)).toEqual([]);
  clock.nowMs++;
  expect(await store.inspect(sessionId)).toMatchObject({
    quarantine: [],
    session: { quarantined: 0 },
  });
  expect(await moveFrames(tested, sessionId, movesOf('release', [frame]))).toEqual([]);
  expect(await moveFrames(tested, sessionId, movesOf('quarantine', second), limit)).toHaveLength(1);
  expect(await erase(tested, sessionId)).toMatchObject({ frames: 1, quarantined: 1 });
});

it('what is left of a session that is over is moved nowhere', async () => {
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId, { ...receivedAt(0), ttlMs: 1_000 }));
  const frames = (await store.read(sessionId))?.frames ?? [];
  clock.nowMs += 1_000;
  expect(await moveFrames(tested, sessionId, movesOf('quarantine', frames))).toEqual([]);
  expect(await moveFrames(tested, sessionId, movesOf('release', frames))).toEqual([]);
  expect((await store.inspect(sessionId)).quarantine).toEqual([]);
});

it.each(["'garbage'", '9223372036854775807', '-1', "x'00'"])(
  'what stands beside a session with the expiry %s counts for nothing, and is removed',
  async (expiry) => {
    const { sessionId, frame } = await quarantinedSession(tested, 1);
    await erase(tested, sessionId);
    await store.append(appendOf(sessionId, receivedAt(0)));
    const [live] = (await store.read(sessionId))?.frames ?? [];
    await moveFrames(tested, sessionId, movesOf('quarantine', live ? [live] : []));
    for (const table of ['tombstones', 'quarantine']) {
      database.exec(`UPDATE ${table} SET expires_at = ${expiry} WHERE session_id = '${sessionId}'`);
    }
    database.exec('UPDATE tombstones SET seal = NULL');
    expect(await store.inspect(sessionId)).toMatchObject({
      tombstone: undefined,
      quarantine: [],
    });
    const again = appendOf(sessionId, { updateId: frame.name, ...receivedAt(-1_000) });
    expect(await store.append(again)).toMatchObject({ status: 'stored' });
    expect(await store.removeExpired()).toBeGreaterThanOrEqual(2);
    for (const table of ['tombstones', 'quarantine']) {
      const rows = database.prepare(`SELECT 1 FROM ${table} WHERE session_id = ?`).all(sessionId);
      expect(rows, table).toEqual([]);
    }
  },
);

it('a session whose last frame is in quarantine is live, also if its beginning cannot be read', async () => {
  const { sessionId, frame } = await quarantinedSession(tested, 1);
  database
    .prepare("UPDATE sessions SET created_at = 'garbage', seal = NULL WHERE session_id = ?")
    .run(sessionId);
  expect(await store.read(sessionId)).toMatchObject({ frames: [], quarantined: 1, etag: '' });
  expect(await moveFrames(tested, sessionId, movesOf('release', [frame]))).toEqual([frame.name]);
  expect(await store.append(appendOf(sessionId))).toMatchObject({ revision: 2, repaired: true });
});
