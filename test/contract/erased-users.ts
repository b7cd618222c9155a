// Contract: a user's tombstone keeps sessions from before it out of the index; removing is another
// call.

import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import type { UserErasure, UserSession } from '../../src/store/session-store.ts';
import { until } from '../support/until.ts';
import { MINUTE_MS, SHORT_MS } from './control-under-test.ts';
import { DAY_MS, newSessionId, receivedAgo, type StoreUnderTest } from './store-under-test.ts';

export function describeErasedUsers(tested: () => StoreUnderTest): void {
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
  const eraseUser = (userId: string, given: Partial<UserErasure> = {}) =>
    tested().store.eraseUser({ userId, tombstoneTtlMs: DAY_MS, ...given });
  const found = (userId: string) => tested().store.userSessions(userId, { offset: 0, limit: 1000 });
  const foundIds = async (userId: string) =>
    (await found(userId)).map((entry) => entry.sessionId).sort();
  const late = () => ({ receivedAtMonotonicMs: receivedAgo(MINUTE_MS) });

  describe('index() after eraseUser()', () => {
    it('notes nothing that was received before, and says so', async () => {
      const user = newSessionId();
      await eraseUser(user);
      expect(await note(user, 'late', late())).toBe('erased');
      expect(await note(user, 'late', { ...late(), ttlMs: 3 * DAY_MS, eventMs: 9e12 })).toBe(
        'erased',
      );
      expect(await found(user)).toEqual([]);
    });

    it('notes what was received after', async () => {
      const user = newSessionId();
      await eraseUser(user);
      expect(await note(user, 'young')).toBe('noted');
      expect(await foundIds(user)).toEqual(['young']);
    });

    it('notes what comes at once after the answer, 200 times in a row', async () => {
      for (let turn = 0; turn < 200; turn++) {
        const user = newSessionId();
        await eraseUser(user);
        expect(await note(user, 'young'), `turn ${turn}`).toBe('noted');
      }
    }, 180_000);

    it('does not move an entry that was noted before', async () => {
      const user = newSessionId();
      await note(user, 'standing', { eventMs: 1000 });
      await eraseUser(user);
      expect(await note(user, 'standing', { ...late(), eventMs: 2000 })).toBe('erased');
      expect(await found(user)).toEqual([{ sessionId: 'standing', eventMs: 1000 }]);
    });

    it('is no concern of another user', async () => {
      await eraseUser(newSessionId());
      expect(await note(newSessionId(), 'late', late())).toBe('noted');
    });
  });

  describe('eraseUser()', () => {
    it('removes no entry: what was noted before stays until it is taken out', async () => {
      const user = newSessionId();
      await note(user, 'one');
      await note(user, 'two');
      await eraseUser(user);
      expect(await foundIds(user)).toEqual(['one', 'two']);
      expect(await tested().store.unindex({ userId: user, sessionIds: ['one', 'two'] })).toBe(2);
      expect(await found(user)).toEqual([]);
      expect(await note(user, 'late', late())).toBe('erased');
    });

    it('leaves no session to be found of a user whom nobody has heard of', async () => {
      const user = newSessionId();
      await eraseUser(user);
      expect(await found(user)).toEqual([]);
    });

    it('may be repeated, and the later of two stands', async () => {
      const user = newSessionId();
      await eraseUser(user);
      await eraseUser(user, { tombstoneTtlMs: MINUTE_MS });
      expect(await note(user, 'late', late())).toBe('erased');
      await eraseUser(user);
      expect(await note(user, 'late', late())).toBe('erased');
      expect(await note(user, 'young')).toBe('noted');
    });

    it('is forgotten at its deadline', async () => {
      const user = newSessionId();
      await eraseUser(user, { tombstoneTtlMs: SHORT_MS });
      await until('the note to be taken', async () =>
        (await note(user, 'late', late())) === 'noted' ? true : undefined,
      );
      expect(await foundIds(user)).toEqual(['late']);
    });

    it('is forgotten at its deadline also beside entries that live on', async () => {
      const user = newSessionId();
      await note(user, 'standing');
      await eraseUser(user, { tombstoneTtlMs: SHORT_MS });
      await until('the note to be taken', async () =>
        (await note(user, 'late', late())) === 'noted' ? true : undefined,
      );
      expect(await foundIds(user)).toEqual(['late', 'standing']);
    });

    it('is remembered beside entries that are pruned, and beside none that is left', async () => {
      const user = newSessionId();
      await eraseUser(user);
      // Notes of sessions that were over long ago, received just now.
      for (let place = 0; place < 120; place++)
        await note(user, `over ${place}`, { ttlMs: -60 * MINUTE_MS });
      await note(user, 'live');
      expect(await foundIds(user)).toEqual(['live']);
      const before = { ...late(), ttlMs: DAY_MS };
      expect(await note(user, 'late', before)).toBe('erased');
      await tested().store.unindex({ userId: user, sessionIds: ['live'] });
      expect(await note(user, 'late', before)).toBe('erased');
      expect(await found(user)).toEqual([]);
    });
  });
}
