// Contract: the index of a user's sessions. Entries may outlive their sessions for a while, never
// the reverse.

import { describe, expect, it } from 'vitest';
import type { UserSession } from '../../src/store/session-store.ts';
import { MINUTE_MS, newSessionId, receivedAgo, type StoreUnderTest } from './store-under-test.ts';

export function describeIndexing(tested: () => StoreUnderTest): void {
  const note = (
    userId: string,
    sessionId: string,
    eventMs: number,
    given: Partial<UserSession> = {},
  ) =>
    tested().store.index({
      userId,
      sessionId,
      eventMs,
      receivedAtMonotonicMs: receivedAgo(0),
      ttlMs: 10 * MINUTE_MS,
      ...given,
    });
  const found = async (userId: string, page = { offset: 0, limit: 100 }) =>
    (await tested().store.userSessions(userId, page)).map((entry) => entry.sessionId);
  /** Received so long ago that the entry's time, slack included, has passed. */
  const long = { receivedAtMonotonicMs: receivedAgo(60 * MINUTE_MS) };

  describe('the index of a user', () => {
    it('is empty for a user whom nobody has heard of', async () => {
      expect(await found(newSessionId())).toEqual([]);
    });

    it('answers the newest event first, with its time', async () => {
      const user = newSessionId();
      await note(user, 'middle', 1_800_000_000_200);
      await note(user, 'newest', 1_800_000_000_300);
      await note(user, 'oldest', 1_800_000_000_100);
      expect(await tested().store.userSessions(user, { offset: 0, limit: 10 })).toEqual([
        { sessionId: 'newest', eventMs: 1_800_000_000_300 },
        { sessionId: 'middle', eventMs: 1_800_000_000_200 },
        { sessionId: 'oldest', eventMs: 1_800_000_000_100 },
      ]);
    });

    it('moves a session forward, never back', async () => {
      const user = newSessionId();
      await note(user, 'moving', 1000);
      await note(user, 'standing', 2000);
      await note(user, 'moving', 3000);
      await note(user, 'standing', 1);
      expect(await tested().store.userSessions(user, { offset: 0, limit: 10 })).toEqual([
        { sessionId: 'moving', eventMs: 3000 },
        { sessionId: 'standing', eventMs: 2000 },
      ]);
    });

    it('answers page by page', async () => {
      const user = newSessionId();
      for (let eventMs = 1; eventMs <= 5; eventMs++) await note(user, `s${eventMs}`, eventMs);
      expect(await found(user, { offset: 0, limit: 2 })).toEqual(['s5', 's4']);
      expect(await found(user, { offset: 2, limit: 2 })).toEqual(['s3', 's2']);
      expect(await found(user, { offset: 4, limit: 2 })).toEqual(['s1']);
      expect(await found(user, { offset: 5, limit: 2 })).toEqual([]);
    });

    it('drops entries whose time has passed', async () => {
      const user = newSessionId();
      await note(user, 'over', 9000, long);
      await note(user, 'live', 1000);
      expect(await found(user)).toEqual(['live']);
    });

    it('keeps an entry a little longer than its session', async () => {
      const user = newSessionId();
      await note(user, 'just over', 2000, { receivedAtMonotonicMs: receivedAgo(11 * MINUTE_MS) });
      await note(user, 'live', 1000);
      expect(await found(user)).toEqual(['just over', 'live']);
    });

    it('never shortens the time of an entry', async () => {
      const user = newSessionId();
      await note(user, 'kept', 1000);
      await note(user, 'kept', 2000, long);
      await note(user, 'other', 500);
      expect(await found(user)).toEqual(['kept', 'other']);
    });

    it('belongs to that user alone', async () => {
      const [one, other] = [newSessionId(), newSessionId()];
      await note(one, 'shared', 1000);
      await note(other, 'shared', 2000);
      expect(await tested().store.userSessions(one, { offset: 0, limit: 10 })).toEqual([
        { sessionId: 'shared', eventMs: 1000 },
      ]);
    });

    it('does not make a session', async () => {
      const sessionId = newSessionId();
      await note(newSessionId(), sessionId, 1000);
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });
  });
}
