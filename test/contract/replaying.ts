// Contract: an update that comes long after its receipt, from a process that kept it meanwhile.
// What is known of its moment is an interval; in doubt an erase wins.

import { describe, expect, it } from 'vitest';
import type { UserSession } from '../../src/store/session-store.ts';
import {
  appendInVain,
  erase,
  erasureOf,
  expiredSession,
  MINUTE_MS,
  SHORT_MS,
  takeLock,
  untilForgotten,
} from './control-under-test.ts';
import {
  appendOf,
  DAY_MS,
  newSessionId,
  readLive,
  receivedAgo,
  SLACK_MS,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

const HOUR_MS = 60 * MINUTE_MS;

/** A moment of which it is known that it was at least, and at most, so long ago. */
function between(leastMs: number, mostMs = leastMs) {
  return {
    receivedAtMonotonicMs: receivedAgo(leastMs),
    earliestMonotonicMs: mostMs === Number.POSITIVE_INFINITY ? -mostMs : receivedAgo(mostMs),
  };
}
const UNKNOWN = between(0, Number.POSITIVE_INFINITY);

export function describeReplaying(tested: () => StoreUnderTest): void {
  describe('a replay', () => {
    it('begins its session at its own moment', async () => {
      const append = appendOf(newSessionId(), between(HOUR_MS));
      expect(await store(tested(), append)).toMatchObject({ revision: 1, created: true });
      const { nowMs, createdAtMs, expiresAtMs } = await readLive(tested(), append.sessionId);
      expect(expiresAtMs - createdAtMs).toBe(DAY_MS);
      expect(nowMs - createdAtMs).toBeGreaterThan(HOUR_MS * 0.998);
      expect(nowMs - createdAtMs).toBeLessThan(HOUR_MS + SLACK_MS);
    });

    it('is stored again by nobody: its second attempt is known', async () => {
      const append = appendOf(newSessionId(), between(HOUR_MS));
      const { revision, etag } = await store(tested(), append);
      expect(await tested().store.append(append)).toMatchObject({
        ...{ status: 'known', revision, etag },
      });
    });

    it('moves the beginning of a live session back to its moment, and shortens no life', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: 3 * DAY_MS }));
      const before = await readLive(tested(), sessionId);
      await store(tested(), appendOf(sessionId, between(HOUR_MS)));
      const after = await readLive(tested(), sessionId);
      expect(after.damage).toEqual([]);
      expect(after).toMatchObject({
        ...{ revision: 2, expiresAtMs: before.expiresAtMs, incarnation: before.incarnation },
      });
      const movedMs = before.createdAtMs - after.createdAtMs;
      expect(movedMs).toBeGreaterThan(HOUR_MS * 0.998 - SLACK_MS);
      expect(movedMs).toBeLessThan(HOUR_MS + SLACK_MS);
      await store(tested(), appendOf(sessionId));
      expect(await readLive(tested(), sessionId)).toMatchObject({
        ...{ revision: 3, createdAtMs: after.createdAtMs, damage: [] },
      });
    });

    it('moves no beginning forward', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(HOUR_MS) }));
      const { createdAtMs } = await readLive(tested(), sessionId);
      await store(tested(), appendOf(sessionId, between(MINUTE_MS)));
      expect(await readLive(tested(), sessionId)).toMatchObject({ createdAtMs });
    });

    it('that has outlived its time, while no session is live, is dropped', async () => {
      const append = appendOf(newSessionId(), { ...between(HOUR_MS), ttlMs: HOUR_MS - SLACK_MS });
      const dropped = { status: 'dropped', replay: 'ended' };
      expect(await appendInVain(tested(), append)).toEqual(dropped);
      const { sessionId } = await expiredSession(tested());
      expect(await tested().store.append({ ...append, sessionId })).toEqual(dropped);
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('that has not is stored, also after the session expired', async () => {
      const { sessionId } = await expiredSession(tested());
      const append = appendOf(sessionId, { ...between(HOUR_MS), ttlMs: HOUR_MS + MINUTE_MS });
      expect(await store(tested(), append)).toMatchObject({ revision: 1, created: true });
    });

    it('whose time ended before the live session began is dropped', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId));
      const old = { ...between(2 * HOUR_MS), ttlMs: HOUR_MS };
      expect(await appendInVain(tested(), appendOf(sessionId, old))).toEqual({
        ...{ status: 'dropped', replay: 'ended' },
      });
    });

    it('whose time ended since the live session began is stored', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(HOUR_MS) }));
      const old = { ...between(HOUR_MS + MINUTE_MS), ttlMs: 2 * MINUTE_MS };
      expect(await store(tested(), appendOf(sessionId, old))).toMatchObject({ revision: 2 });
    });

    it('is refused under a lock that somebody holds', async () => {
      const sessionId = newSessionId();
      await takeLock(tested(), sessionId);
      const append = appendOf(sessionId, between(MINUTE_MS));
      expect(await appendInVain(tested(), append)).toMatchObject({ status: 'locked' });
    });

    it('of which nothing is known is stored where nothing was erased', async () => {
      const append = appendOf(newSessionId(), UNKNOWN);
      expect(await store(tested(), append)).toMatchObject({ revision: 1 });
    });
  });

  describe('a replay after an erase', () => {
    const erased = async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      return sessionId;
    };

    it('is dropped if it was received before', async () => {
      const append = appendOf(await erased(), between(SLACK_MS, HOUR_MS));
      expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });
    });

    it('is dropped in doubt, and so is each repetition', async () => {
      for (const moment of [between(0, HOUR_MS), UNKNOWN]) {
        const append = appendOf(await erased(), {
          ...moment,
          receivedAtMonotonicMs: receivedAgo(0),
        });
        const dropped = { status: 'dropped', replay: 'doubtful' };
        expect(await appendInVain(tested(), append)).toEqual(dropped);
        const again = { ...append, earliestMonotonicMs: undefined };
        expect(await appendInVain(tested(), again)).toEqual({ status: 'dropped' });
      }
    });

    it('is dropped rather than found to have ended', async () => {
      const append = appendOf(await erased(), { ...between(HOUR_MS), ttlMs: MINUTE_MS });
      expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });
    });

    it('is dropped from the session that began since', async () => {
      const sessionId = await erased();
      await store(tested(), appendOf(sessionId));
      const append = appendOf(sessionId, between(SLACK_MS));
      expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });
    });

    it('is stored if it was received after', async () => {
      const sessionId = newSessionId();
      const askedAtMonotonicMs = receivedAgo(HOUR_MS);
      await tested().store.erase(erasureOf(sessionId, { askedAtMonotonicMs }));
      const append = appendOf(sessionId, between(MINUTE_MS));
      expect(await store(tested(), append)).toMatchObject({ revision: 1 });
    });

    it('is stored once the erase is forgotten', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId, { tombstoneTtlMs: SHORT_MS });
      await untilForgotten(tested(), sessionId);
      expect(await store(tested(), appendOf(sessionId, UNKNOWN))).toMatchObject({ revision: 1 });
    });
  });

  describe('a note of a replay', () => {
    const note = (userId: string, given: Partial<UserSession>) =>
      tested().store.index({
        ...{ userId, sessionId: 'one', eventMs: 1000, ttlMs: DAY_MS },
        ...{ receivedAtMonotonicMs: receivedAgo(0), ...given },
      });
    const noted = async (userId: string) =>
      (await tested().store.userSessions(userId, { offset: 0, limit: 10 })).length;

    it('is written where nobody was erased', async () => {
      const userId = newSessionId();
      for (const moment of [between(MINUTE_MS), UNKNOWN])
        expect(await note(userId, moment)).toMatchObject({ status: 'noted' });
      expect(await noted(userId)).toBe(1);
    });

    it('is not written after the user was erased, in doubt neither', async () => {
      for (const moment of [between(SLACK_MS), between(0, HOUR_MS), UNKNOWN]) {
        const userId = newSessionId();
        await tested().store.eraseUser({ userId, tombstoneTtlMs: DAY_MS });
        expect(await note(userId, moment)).toMatchObject({ status: 'erased' });
        expect(await noted(userId)).toBe(0);
      }
    });
  });
}
