// Contract: an attempt whose caller has stopped waiting changes nothing.

import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { type AttemptLimits, StoreUnavailable } from '../../src/store/session-store.ts';
import { movesOf } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  NO_LIMIT_BYTES,
  newSessionId,
  readLive,
  type StoreUnderTest,
  storeMany,
} from './store-under-test.ts';

const token = () => randomBytes(16).toString('base64url');

/** A session with frames, a lock and an entry in its user's index, and every write that would
 * change some of it. */
async function writesOn({ store }: StoreUnderTest) {
  const tested = { store, tamper: () => Promise.reject(new Error('not here')) };
  const [sessionId, userId, held] = [newSessionId(), `user-${newSessionId()}`, token()];
  await storeMany(tested, sessionId, 2);
  const entry = { userId, sessionId, eventMs: 1_000, ttlMs: DAY_MS };
  await store.index({ ...entry, receivedAtMonotonicMs: performance.now() });
  await store.lock({ sessionId, token: held, ttlMs: DAY_MS, renew: false });
  const view = await readLive(tested, sessionId);
  const receivedAtMonotonicMs = performance.now();
  const erasure = { sessionId, eraseId: token(), ifMatch: '', tombstoneTtlMs: DAY_MS };
  const moves = movesOf('quarantine', view.frames);
  const writes: Record<string, (limits: AttemptLimits) => Promise<unknown>> = {
    append: (limits) => store.append(appendOf(sessionId, { lockToken: held }), limits),
    compact: (limits) => store.compact(compactionOf(sessionId, view), limits),
    lock: (limits) =>
      store.lock({ sessionId, token: held, ttlMs: 2 * DAY_MS, renew: true }, limits),
    unlock: (limits) => store.unlock({ sessionId, token: held }, limits),
    erase: (limits) => store.erase(erasure, limits),
    quarantine: (limits) =>
      store.quarantine(
        { sessionId, moves, ttlMs: DAY_MS, quarantineMaxBytes: NO_LIMIT_BYTES },
        limits,
      ),
    index: (limits) => store.index({ ...entry, eventMs: 2_000, receivedAtMonotonicMs }, limits),
    unindex: (limits) => store.unindex({ userId, sessionIds: [sessionId] }, limits),
    eraseUser: (limits) => store.eraseUser({ userId, tombstoneTtlMs: DAY_MS }, limits),
  };
  const seen = async () => {
    const { nowMs: _, session, ...control } = await store.inspect(sessionId);
    const { nowMs: __, ...still } = session ?? { nowMs: 0 };
    const entries = await store.userSessions(userId, { offset: 0, limit: 10 });
    const { nowMs: ___, ...user } = await store.inspectUser(userId);
    return { control, still, entries, user };
  };
  return { writes, seen };
}

export function describeAttemptLimits(tested: () => StoreUnderTest): void {
  describe('an attempt that comes after its caller stopped waiting', () => {
    it('is refused and changes nothing, whatever it would write', async () => {
      const { writes, seen } = await writesOn(tested());
      const before = await seen();
      for (const [name, write] of Object.entries(writes)) {
        const late = write({ endsAtMonotonicMs: performance.now() - 1 });
        await expect(late, name).rejects.toThrow(StoreUnavailable);
        expect(await seen(), name).toEqual(before);
      }
    });

    it('is made while its caller waits', async () => {
      const names = Object.keys((await writesOn(tested())).writes);
      for (const name of names) {
        const { writes, seen } = await writesOn(tested());
        const before = await seen();
        await writes[name]?.({ endsAtMonotonicMs: performance.now() + 10_000 });
        expect(await seen(), name).not.toEqual(before);
      }
    });
  });
}
