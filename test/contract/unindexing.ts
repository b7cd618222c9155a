// Contract: sessions are taken out of a user's index by name.

import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import type { UserSession } from '../../src/store/session-store.ts';
import { MINUTE_MS } from './control-under-test.ts';
import { newSessionId, type StoreUnderTest } from './store-under-test.ts';

export function describeUnindexing(tested: () => StoreUnderTest): void {
  const note = async (userId: string, sessionId: string, given: Partial<UserSession> = {}) => {
    const result = await tested().store.index({
      userId,
      sessionId,
      eventMs: 1000,
      receivedAtMonotonicMs: performance.now(),
      ttlMs: 10 * MINUTE_MS,
      ...given,
    });
    return result.status;
  };
  const found = (userId: string) => tested().store.userSessions(userId, { offset: 0, limit: 1000 });
  const foundIds = async (userId: string) =>
    (await found(userId)).map((entry) => entry.sessionId).sort();

  describe('unindex()', () => {
    it('takes out the sessions that are named, counts them, and leaves the others', async () => {
      const user = newSessionId();
      for (const sessionId of ['a', 'b', 'c', 't']) await note(user, sessionId);
      const count = await tested().store.unindex({
        userId: user,
        sessionIds: ['a', 'c', 'unheard of'],
      });
      expect(count).toBe(2);
      expect(await foundIds(user)).toEqual(['b', 't']);
    });

    it('finds nothing when it is repeated', async () => {
      const user = newSessionId();
      await note(user, 'a');
      await note(user, 'b');
      const entries = { userId: user, sessionIds: ['a'] };
      expect(await tested().store.unindex(entries)).toBe(1);
      expect(await tested().store.unindex(entries)).toBe(0);
      expect(await foundIds(user)).toEqual(['b']);
    });

    it('finds nothing of nobody, and nothing where nothing is named', async () => {
      expect(await tested().store.unindex({ userId: newSessionId(), sessionIds: ['a'] })).toBe(0);
      const user = newSessionId();
      await note(user, 'a');
      expect(await tested().store.unindex({ userId: user, sessionIds: [] })).toBe(0);
      expect(await foundIds(user)).toEqual(['a']);
    });

    it('leaves the entry of another user for the same session', async () => {
      const [one, other] = [newSessionId(), newSessionId()];
      for (const user of [one, other]) await note(user, 'shared');
      await tested().store.unindex({ userId: one, sessionIds: ['shared'] });
      expect(await foundIds(other)).toEqual(['shared']);
    });

    it('lets a session be noted anew, with an older event than before', async () => {
      const user = newSessionId();
      await note(user, 'a', { eventMs: 2000 });
      await tested().store.unindex({ userId: user, sessionIds: ['a'] });
      expect(await note(user, 'a', { eventMs: 1000 })).toBe('noted');
      expect(await found(user)).toEqual([{ sessionId: 'a', eventMs: 1000 }]);
    });

    it('takes out 2500 at once', async () => {
      const user = newSessionId();
      const sessionIds = Array.from({ length: 2500 }, (_, place) => `s${place}`);
      await Promise.all(sessionIds.map((sessionId) => note(user, sessionId)));
      await note(user, 'other');
      expect(await tested().store.unindex({ userId: user, sessionIds })).toBe(2500);
      expect(await foundIds(user)).toEqual(['other']);
    }, 30_000);
  });
}
