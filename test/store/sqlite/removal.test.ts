import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { SESSION_TTL_MAX_MS } from '../../../src/session/limits.ts';
import { LAPSED_LOCK_MS } from '../../../src/store/session-store.ts';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { erasureOf, lockOf, quarantinedSession } from '../../contract/control-under-test.ts';
import { appendOf, newSessionId } from '../../contract/store-under-test.ts';
import { waitFor } from '../../support/wait-for.ts';
import { scratchFile } from './scratch-file.ts';

const START_MS = 1_800_000_000_000;

function rowsIn(path: string, tables = ['sessions', 'frames', 'user_sessions']): number[] {
  const database = new DatabaseSync(path);
  const rows = tables.map((table) =>
    Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows),
  );
  database.close();
  return rows;
}

it('what has expired leaves the file in chunks of 50, and nothing else does', async () => {
  const path = scratchFile();
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path, nowMs: () => clock.nowMs, nowMonotonicMs: () => 0 });
  const kept = newSessionId();
  for (let count = 0; count < 120; count++) {
    const short = appendOf(newSessionId(), { ttlMs: 1_000 });
    await store.append(short);
    await store.append({ ...short, updateId: 'the-second-of-them-all' });
    await store.index({ ...short, userId: 'user', eventMs: count });
  }
  await store.append(appendOf(kept));
  await store.index({ ...appendOf(kept), userId: 'user', eventMs: 1 });
  expect(await store.removeExpired()).toBe(0);
  expect(rowsIn(path)).toEqual([121, 241, 121]);

  clock.nowMs += 1_000_000;
  const removed: number[] = [];
  while (removed.at(-1) !== 0 && removed.length < 10) removed.push(await store.removeExpired());
  expect(removed).toEqual([100, 100, 40, 0]);
  expect(rowsIn(path)).toEqual([1, 1, 1]);
  expect((await store.read(kept))?.frames).toHaveLength(1);
  await store.close();
});

it('a chunk ends after 10 ms, whatever is left', async () => {
  const clock = { nowMs: START_MS, nowMonotonicMs: 0 };
  // Each look at the clock takes 3 ms: one at the beginning, and one after each row.
  const nowMonotonicMs = () => (clock.nowMonotonicMs += 3);
  const store = createSqliteStore({
    path: scratchFile(),
    nowMs: () => clock.nowMs,
    nowMonotonicMs,
  });
  for (let count = 0; count < 10; count++) {
    await store.append(appendOf(newSessionId(), { ttlMs: 1_000, receivedAtMonotonicMs: 0 }));
  }
  clock.nowMs += 1_000_000;
  const removed: number[] = [];
  while (removed.at(-1) !== 0 && removed.length < 10) removed.push(await store.removeExpired());
  expect(removed).toEqual([4, 4, 2, 0]);
  await store.close();
});

it('what stood beside sessions leaves once its time has passed, also in chunks, and only then', async () => {
  const path = scratchFile();
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path, nowMs: () => clock.nowMs, nowMonotonicMs: () => 0 });
  const tested = { store, tamper: () => Promise.reject(new Error('not here')) };
  const tables = ['locks', 'tombstones', 'quarantine', 'user_tombstones'];
  for (let count = 0; count < 70; count++) {
    const { sessionId } = await quarantinedSession(tested, 1, { ttlMs: 1_000 });
    await store.lock(lockOf(sessionId, { ttlMs: 1_000 }));
    const tombstone = { receivedAtMonotonicMs: performance.now(), tombstoneTtlMs: 1_000 };
    await store.erase(erasureOf(newSessionId(), tombstone));
    await store.eraseUser({ userId: sessionId, ...tombstone });
  }
  expect(await store.removeExpired()).toBe(0);
  expect(rowsIn(path, tables)).toEqual([70, 70, 70, 70]);
  clock.nowMs += 1_000;
  expect(await store.removeExpired()).toBe(150);
  expect(rowsIn(path, tables)).toEqual([70, 20, 20, 20]);
  clock.nowMs += LAPSED_LOCK_MS;
  expect(await store.removeExpired()).toBe(110);
  expect(await store.removeExpired()).toBe(20);
  expect(rowsIn(path, tables)).toEqual([0, 0, 0, 0]);
  expect(rowsIn(path, ['sessions'])).toEqual([70]);
  await store.close();
});

it('it leaves without anybody asking, soon after the start', async () => {
  const path = scratchFile();
  const before = createSqliteStore({ path, nowMs: () => START_MS });
  for (let count = 0; count < 60; count++)
    await before.append(appendOf(newSessionId(), { ttlMs: 1_000 }));
  await before.close();
  const after = createSqliteStore({ path, nowMs: () => START_MS + 60_000 });
  await waitFor(() => expect(rowsIn(path)).toEqual([0, 0, 0]));
  await after.close();
});

it.each(["'garbage'", 'NULL', "x'00'", '-1', '9223372036854775807'])(
  'a session whose expiry is %s stays, and is given the longest life there is',
  async (expiry) => {
    const path = scratchFile();
    const clock = { nowMs: START_MS };
    const store = createSqliteStore({ path, nowMs: () => clock.nowMs });
    const sessionId = newSessionId();
    await store.append(appendOf(sessionId));
    const database = new DatabaseSync(path);
    database.exec(`UPDATE sessions SET expires_at = ${expiry}, seal = NULL`);
    database.close();
    expect(await store.removeExpired()).toBe(0);
    clock.nowMs += SESSION_TTL_MAX_MS - 1;
    expect(await store.removeExpired()).toBe(0);
    expect((await store.read(sessionId))?.frames).toHaveLength(1);
    clock.nowMs++;
    expect(await store.read(sessionId)).toBeUndefined();
    expect(await store.removeExpired()).toBe(1);
    expect(rowsIn(path)).toEqual([0, 0, 0]);
    await store.close();
  },
);

it('a session that was given a new expiry is still repaired by its next update', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId));
  const incarnation = (await store.read(sessionId))?.incarnation;
  const database = new DatabaseSync(path);
  database.exec("UPDATE sessions SET expires_at = 'garbage', seal = NULL");
  database.close();
  await store.removeExpired();
  expect(await store.read(sessionId)).toMatchObject({ revision: 1, etag: '' });
  expect(await store.append(appendOf(sessionId))).toMatchObject({ revision: 2, repaired: true });
  expect((await store.read(sessionId))?.incarnation).not.toBe(incarnation);
  await store.close();
});

it('an index call drops at most 100 dead entries of its user', async () => {
  const path = scratchFile();
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path, nowMs: () => clock.nowMs });
  const entry = { userId: 'user', eventMs: 1, receivedAtMonotonicMs: 0, ttlMs: 1_000 };
  const now = () => ({ receivedAtMonotonicMs: performance.now() });
  for (let count = 0; count < 130; count++)
    await store.index({ ...entry, ...now(), sessionId: `s${count}` });
  clock.nowMs += 1_000_000;
  await store.index({ ...entry, ...now(), sessionId: 'live' });
  expect(rowsIn(path)).toEqual([0, 0, 31]);
  expect(await store.userSessions('user', { offset: 0, limit: 10 })).toHaveLength(1);
  await store.index({ ...entry, ...now(), sessionId: 'live' });
  expect(rowsIn(path)).toEqual([0, 0, 1]);
  await store.close();
});

it('an index call keeps a session whose time has passed for another user alone', async () => {
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path: scratchFile(), nowMs: () => clock.nowMs });
  const note = (userId: string) =>
    store.index({ ...appendOf('shared'), userId, eventMs: 1, ttlMs: 1_000 });
  await note('early');
  clock.nowMs += 100_000;
  await note('late');
  clock.nowMs += 100_000;
  await store.index({ ...appendOf('second'), userId: 'late', eventMs: 2, ttlMs: 1_000 });
  expect(await store.userSessions('late', { offset: 0, limit: 10 })).toHaveLength(2);
  expect(await store.userSessions('early', { offset: 0, limit: 10 })).toEqual([]);
  await store.close();
});

it('a removal that fails is told, and does not end the process', async () => {
  const path = scratchFile();
  const seen: unknown[] = [];
  const store = createSqliteStore({
    path,
    busyTimeoutMs: 1,
    onRemovalFailure: (error) => seen.push(error),
  });
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  await waitFor(() => expect(seen).toHaveLength(1));
  expect(String(seen[0])).toMatch(/removeExpired did not reach the store: .*locked/);
  blocker.close();
  await store.close();
});
