import { DatabaseSync } from 'node:sqlite';
import { expect, it, vi } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf, newSessionId } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const START_MS = 1_800_000_000_000;

function rowsIn(path: string): number[] {
  const database = new DatabaseSync(path);
  const rows = ['sessions', 'frames', 'user_sessions'].map((table) =>
    Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows),
  );
  database.close();
  return rows;
}

it('what has expired leaves the file in chunks of 50, and nothing else does', async () => {
  const path = scratchFile();
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path, nowMs: () => clock.nowMs });
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

it('it leaves without anybody asking, soon after the start', async () => {
  const path = scratchFile();
  const before = createSqliteStore({ path, nowMs: () => START_MS });
  for (let count = 0; count < 60; count++) await before.append(appendOf(newSessionId(), { ttlMs: 1_000 }));
  await before.close();
  const after = createSqliteStore({ path, nowMs: () => START_MS + 60_000 });
  await vi.waitFor(() => expect(rowsIn(path)).toEqual([0, 0, 0]), { timeout: 5_000, interval: 20 });
  await after.close();
});

it('a session whose expiry cannot be read stays', async () => {
  const path = scratchFile();
  const store = createSqliteStore({ path });
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId));
  const database = new DatabaseSync(path);
  for (const damage of ["'garbage'", 'NULL', "x'00'"]) {
    database.exec(`UPDATE sessions SET expires_at = ${damage}`);
    expect(await store.removeExpired()).toBe(0);
    expect((await store.read(sessionId))?.frames).toHaveLength(1);
  }
  database.close();
  await store.close();
});

it('an index call drops at most 100 dead entries of its user', async () => {
  const path = scratchFile();
  const clock = { nowMs: START_MS };
  const store = createSqliteStore({ path, nowMs: () => clock.nowMs });
  const entry = { userId: 'user', eventMs: 1, receivedAtMonotonicMs: 0, ttlMs: 1_000 };
  const now = () => ({ receivedAtMonotonicMs: performance.now() });
  for (let count = 0; count < 130; count++) await store.index({ ...entry, ...now(), sessionId: `s${count}` });
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
  const note = (userId: string) => store.index({ ...appendOf('shared'), userId, eventMs: 1, ttlMs: 1_000 });
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
  const store = createSqliteStore({ path, busyTimeoutMs: 1, onRemovalFailure: (error) => seen.push(error) });
  const blocker = new DatabaseSync(path);
  blocker.exec('BEGIN IMMEDIATE');
  await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 5_000, interval: 10 });
  expect(String(seen[0])).toMatch(/removeExpired did not reach the store: .*locked/);
  blocker.close();
  await store.close();
});
