import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  createIdleSessions,
  type IdleSessions,
} from '../../../src/service/compacting/idle-sessions.ts';

const AFTER_MS = 60_000;

let idle: string[];
let sessions: IdleSessions;

beforeEach(() => {
  vi.useFakeTimers();
  idle = [];
  sessions = createIdleSessions({
    afterMs: AFTER_MS,
    onIdle: (sessionId) => idle.push(sessionId),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Updates at these times, and when the session was found idle after the last of them. */
function idleAfter(updatesAtMs: readonly number[]): number | undefined {
  let now = 0;
  for (const at of updatesAtMs) {
    vi.advanceTimersByTime(at - now);
    now = at;
    expect(idle).toEqual([]);
    sessions.updated('s', true);
  }
  for (let waited = 0; waited <= 3 * AFTER_MS; waited += 1000) {
    if (idle.length > 0) return waited;
    vi.advanceTimersByTime(1000);
  }
  return undefined;
}

test.each([
  [[0]],
  [[0, 1000]],
  [[0, 59_000]],
  [[0, 59_000, 118_000, 177_000, 236_000]],
  [[0, 30_000, 61_000, 62_000]],
])('a session with updates at %j ms is idle after one to two minutes, once', (updatesAtMs) => {
  const waited = idleAfter(updatesAtMs) ?? 0;
  expect(waited).toBeGreaterThanOrEqual(AFTER_MS);
  expect(waited).toBeLessThanOrEqual(2 * AFTER_MS);
  vi.advanceTimersByTime(10 * AFTER_MS);
  expect(idle).toEqual(['s']);
});

test('a session is not reported if its last update left nothing to do', () => {
  sessions.updated('s', true);
  sessions.updated('other', true);
  vi.advanceTimersByTime(AFTER_MS);
  sessions.updated('s', false);
  vi.advanceTimersByTime(10 * AFTER_MS);
  expect(idle).toEqual(['other']);
});

test('nothing is left behind: no timer once no session is watched, or after closing', () => {
  sessions.updated('never', false);
  expect(vi.getTimerCount()).toBe(0);
  sessions.updated('s', true);
  vi.advanceTimersByTime(10 * AFTER_MS);
  expect(idle).toEqual(['s']);
  expect(vi.getTimerCount()).toBe(0);
  sessions.updated('s', true);
  sessions.close();
  vi.advanceTimersByTime(10 * AFTER_MS);
  expect(vi.getTimerCount()).toBe(0);
  expect(idle).toEqual(['s']);
});

test('more sessions than may be watched are not kept', () => {
  for (let number = 0; number < 100_010; number++) sessions.updated(`s${number}`, true);
  vi.advanceTimersByTime(2 * AFTER_MS);
  expect(idle).toHaveLength(100_000);
});
