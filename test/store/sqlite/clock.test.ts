import { afterAll, beforeEach, expect, it } from 'vitest';
import { createSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { appendOf, compactionOf, newSessionId, readLive } from '../../contract/store-under-test.ts';
import { scratchFile } from './scratch-file.ts';

const START_MS = 1_800_000_000_000;
const clock = { nowMs: START_MS, nowMonotonicMs: 0 };
const store = createSqliteStore({
  path: scratchFile(),
  nowMs: () => clock.nowMs,
  nowMonotonicMs: () => clock.nowMonotonicMs,
});
afterAll(() => store.close());
beforeEach(() => {
  clock.nowMs = START_MS;
  clock.nowMonotonicMs = 5_000;
});

const tested = { store, tamper: () => Promise.reject(new Error('not here')) };

it('an update counts from now less its age, exactly', async () => {
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId, { receivedAtMonotonicMs: 3_750, ttlMs: 10_000 }));
  expect(await store.read(sessionId)).toMatchObject({
    nowMs: START_MS,
    createdAtMs: START_MS - 1_250,
    expiresAtMs: START_MS + 8_750,
  });
});

it('an age between milliseconds leaves whole instants', async () => {
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId, { receivedAtMonotonicMs: 4_999.4, ttlMs: 10_000.2 }));
  expect(await store.read(sessionId)).toMatchObject({
    createdAtMs: START_MS - 1,
    expiresAtMs: START_MS + 9_999,
  });
  const again = appendOf(sessionId, { receivedAtMonotonicMs: 4_999.4 });
  expect(await store.append(again)).toMatchObject({ revision: 2, repaired: false });
});

it('a pause between its two clocks makes an update younger, never older', async () => {
  let passedMs = 0;
  const readBeforePause = (startMs: number) => {
    passedMs += 50;
    return startMs + passedMs - 50;
  };
  const paused = createSqliteStore({
    path: scratchFile(),
    nowMs: () => readBeforePause(START_MS),
    nowMonotonicMs: () => readBeforePause(5_000),
  });
  await paused.append(appendOf('s', { receivedAtMonotonicMs: 5_000, ttlMs: 10_000 }));
  expect((await paused.inspect('s')).session?.createdAtMs).toBeGreaterThanOrEqual(START_MS);
  await paused.close();
});

it('a session lives up to its last millisecond, and not in the one after', async () => {
  const sessionId = newSessionId();
  await store.append(appendOf(sessionId, { receivedAtMonotonicMs: 5_000, ttlMs: 1_000 }));
  const view = await readLive(tested, sessionId);
  clock.nowMs = START_MS + 999;
  expect(await store.read(sessionId)).toMatchObject({ revision: 1, nowMs: START_MS + 999 });
  clock.nowMs = START_MS + 1_000;
  expect(await store.read(sessionId)).toBeUndefined();
  expect(await store.compact(compactionOf(sessionId, view))).toBe('changed');
  expect(await store.append(appendOf(sessionId))).toMatchObject({ revision: 1, created: true });
});

it('an entry of a user is found for two minutes longer than its session may live', async () => {
  const userId = newSessionId();
  await store.index({
    userId,
    sessionId: 's',
    eventMs: 1,
    receivedAtMonotonicMs: 4_000,
    ttlMs: 10_000,
  });
  const page = { offset: 0, limit: 10 };
  clock.nowMs = START_MS + 9_000 + 119_999;
  expect(await store.userSessions(userId, page)).toHaveLength(1);
  clock.nowMs++;
  expect(await store.userSessions(userId, page)).toEqual([]);
});
