// Contract: what is kept of a user.

import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { MINUTE_MS, SHORT_MS } from './control-under-test.ts';
import { DAY_MS, newSessionId, receivedAgo, type StoreUnderTest } from './store-under-test.ts';

export function describeInspectingUsers(tested: () => StoreUnderTest): void {
  const note = (userId: string, sessionId: string) =>
    tested().store.index({
      ...{ userId, sessionId, eventMs: 1000 },
      ...{ receivedAtMonotonicMs: receivedAgo(0), ttlMs: 10 * MINUTE_MS },
    });
  const inspect = async (userId: string) => {
    const { nowMs: _, ...user } = await tested().store.inspectUser(userId);
    return user;
  };

  describe('inspectUser()', () => {
    it('finds nothing of a user whom nobody has heard of', async () => {
      expect(await inspect(newSessionId())).toEqual({ entries: 0, tombstone: undefined });
    });

    it('counts the entries of that user, as they come and go', async () => {
      const userId = newSessionId();
      await note(newSessionId(), 'of another');
      for (const sessionId of ['a', 'b', 'c', 'a']) await note(userId, sessionId);
      expect((await inspect(userId)).entries).toBe(3);
      await tested().store.unindex({ userId, sessionIds: ['a', 'c'] });
      expect((await inspect(userId)).entries).toBe(1);
    });

    it('tells of the tombstone, which is no entry, beside entries and alone', async () => {
      const userId = newSessionId();
      await note(userId, 'a');
      const erasure = { userId, receivedAtMonotonicMs: receivedAgo(0), tombstoneTtlMs: DAY_MS };
      await tested().store.eraseUser(erasure);
      const { entries, tombstone } = await inspect(userId);
      expect(entries).toBe(1);
      const livesForMs = (tombstone?.expiresAtMs ?? 0) - (tombstone?.instantMs ?? 0);
      expect(Math.abs(livesForMs - DAY_MS)).toBeLessThanOrEqual(10);
      await tested().store.unindex({ userId, sessionIds: ['a'] });
      expect(await inspect(userId)).toEqual({ entries: 0, tombstone });
    });

    it('tells of no tombstone whose time has passed', async () => {
      const userId = newSessionId();
      await tested().store.eraseUser({ userId, tombstoneTtlMs: SHORT_MS });
      await until('the tombstone to end', async () =>
        (await inspect(userId)).tombstone === undefined ? true : undefined,
      );
      expect(await inspect(userId)).toEqual({ entries: 0, tombstone: undefined });
    });
  });
}
