// What the tests of locks, erases and quarantine are built from.

import { expect } from 'vitest';
import type {
  Append,
  AppendResult,
  Erasure,
  LockRequest,
  QuarantineMove,
  QuarantineMoves,
  StoredFrame,
} from '../../src/store/session-store.ts';
import { until } from '../support/until.ts';
import {
  appendOf,
  DAY_MS,
  MINUTE_MS,
  NO_LIMIT_BYTES,
  newSessionId,
  newUpdateId,
  type StoreUnderTest,
  sessionOf,
  store,
  untilMissing,
} from './store-under-test.ts';

export { MINUTE_MS } from './store-under-test.ts';

/** Long enough to be written by the store, short enough to be watched until it ends. */
export const SHORT_MS = 60;

/** A request for a lock of a minute, with a token that no other test has, but for what is given. */
export function lockOf(sessionId: string, given: Partial<LockRequest> = {}): LockRequest {
  return { sessionId, token: newUpdateId(), ttlMs: MINUTE_MS, renew: false, ...given };
}

/** Takes a lock that must be free; answers its token. */
export async function takeLock(tested: StoreUnderTest, sessionId: string, ttlMs = MINUTE_MS) {
  const request = lockOf(sessionId, { ttlMs });
  const { status } = await tested.store.lock(request);
  if (status !== 'held') throw new Error(`the lock is ${status}`);
  return request.token;
}

/** Takes a short lock and lets it run out; answers its token. */
export async function lapseLock(tested: StoreUnderTest, sessionId: string): Promise<string> {
  const token = await takeLock(tested, sessionId, SHORT_MS);
  await until('the lock to lapse', async () =>
    (await tested.store.inspect(sessionId)).lockedUntilMs === undefined ? true : undefined,
  );
  return token;
}

/** Until when the lock is held; fails if it is not. */
export async function lockedForMs(tested: StoreUnderTest, sessionId: string): Promise<number> {
  const { nowMs, lockedUntilMs } = await tested.store.inspect(sessionId);
  if (lockedUntilMs === undefined) throw new Error('nobody holds the lock');
  return lockedUntilMs - nowMs;
}

/** An erase that is remembered for a day, but for what is given. */
export function erasureOf(sessionId: string, given: Partial<Erasure> = {}): Erasure {
  return {
    sessionId,
    eraseId: newUpdateId(),
    tombstoneTtlMs: DAY_MS,
    ifMatch: '',
    ...given,
  };
}

/** Erases a session, which must succeed; answers what was erased. */
export async function erase(
  tested: StoreUnderTest,
  sessionId: string,
  given: Partial<Erasure> = {},
) {
  const result = await tested.store.erase(erasureOf(sessionId, given));
  if (result.status !== 'erased') throw new Error(`the erase answered ${result.status}`);
  return result;
}

/** The tombstone of a session, which must be there. */
export async function tombstoneOf(tested: StoreUnderTest, sessionId: string) {
  const { tombstone } = await tested.store.inspect(sessionId);
  if (tombstone === undefined) throw new Error('there is no tombstone');
  return tombstone;
}

/** Waits until a session's tombstone has ended. */
export async function untilForgotten(tested: StoreUnderTest, sessionId: string): Promise<void> {
  await until('the tombstone to end', async () =>
    (await tested.store.inspect(sessionId)).tombstone === undefined ? true : undefined,
  );
}

/** Everything under a key without the instant of its reading: what must be equal if nothing was
 * written. */
export async function inspectStill(tested: StoreUnderTest, sessionId: string) {
  const { nowMs: _, session, ...rest } = await tested.store.inspect(sessionId);
  return { ...rest, session: session && { ...session, nowMs: 0 } };
}

/** Appends what must change nothing at all; answers what the append answered. */
export async function appendInVain(tested: StoreUnderTest, append: Append): Promise<AppendResult> {
  const before = await inspectStill(tested, append.sessionId);
  const result = await tested.store.append(append);
  expect(await inspectStill(tested, append.sessionId)).toEqual(before);
  return result;
}

/** One move for each frame. */
export function movesOf(move: QuarantineMove['move'], frames: StoredFrame[]): QuarantineMove[] {
  return frames.map(({ name, value }) => ({ move, name, value }));
}

/** Moves frames, without a limit and for a day, but for what is given; answers the names in
 * order. */
export async function moveFrames(
  tested: StoreUnderTest,
  sessionId: string,
  moves: QuarantineMove[],
  given: Partial<QuarantineMoves> = {},
): Promise<string[]> {
  const limits = { ttlMs: DAY_MS, quarantineMaxBytes: NO_LIMIT_BYTES };
  return (await tested.store.quarantine({ sessionId, moves, ...limits, ...given })).sort();
}

/** A new session with so many frames, the first of which is in quarantine. */
export async function quarantinedSession(
  tested: StoreUnderTest,
  frames: number,
  given: Partial<QuarantineMoves> = {},
) {
  const { sessionId, view } = await sessionOf(tested, frames);
  const [frame] = view.frames;
  if (frame === undefined) throw new Error('the session has no frames');
  const moved = await moveFrames(tested, sessionId, movesOf('quarantine', [frame]), given);
  if (moved.length !== 1) throw new Error('the frame was not moved');
  return { sessionId, frame, view };
}

/** A session of one update that has expired; answers the update and its etag. */
export async function expiredSession(tested: StoreUnderTest, given: Partial<Append> = {}) {
  const append = appendOf(newSessionId(), { ttlMs: SHORT_MS, ...given });
  const { etag } = await store(tested, append);
  await untilMissing(tested, append.sessionId);
  return { sessionId: append.sessionId, append, etag };
}
