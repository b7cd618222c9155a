// Contract: a lapsed lock may be asked for by its token, and is forgotten with that.

import { describe, expect, it } from 'vitest';
import { lapseLock, lockedForMs, lockOf, takeLock } from './control-under-test.ts';
import { newSessionId, newUpdateId, type StoreUnderTest } from './store-under-test.ts';

export function describeForgettingLapsed(tested: () => StoreUnderTest): void {
  const forget = (sessionId: string, token: string) =>
    tested().store.forgetLapsed({ sessionId, token });

  describe('forgetLapsed()', () => {
    it('says once that a lock has lapsed, and nobody is told again', async () => {
      const sessionId = newSessionId();
      const token = await lapseLock(tested(), sessionId);
      expect(await forget(sessionId, token)).toBe(true);
      expect(await forget(sessionId, token)).toBe(false);
      expect(await tested().store.unlock({ sessionId, token })).toEqual({
        status: 'lost',
        lapsed: false,
      });
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: false,
      });
    });

    it('says it once among 20 who ask, release and take at once', async () => {
      const sessionId = newSessionId();
      const token = await lapseLock(tested(), sessionId);
      const { store } = tested();
      const asked = Array.from({ length: 20 }, async (_, place) => {
        if (place % 3 === 0) return forget(sessionId, token);
        const result = await (place % 3 === 1
          ? store.unlock({ sessionId, token })
          : store.lock(lockOf(sessionId)));
        return 'lapsed' in result && result.lapsed;
      });
      expect((await Promise.all(asked)).filter(Boolean)).toEqual([true]);
    });

    it('leaves a lock that is held, whoever asks', async () => {
      const sessionId = newSessionId();
      const token = await takeLock(tested(), sessionId);
      expect(await forget(sessionId, token)).toBe(false);
      expect(await forget(sessionId, newUpdateId())).toBe(false);
      expect(await lockedForMs(tested(), sessionId)).toBeGreaterThan(0);
      expect(await tested().store.unlock({ sessionId, token })).toEqual({ status: 'released' });
    });

    it('says nothing of a lock that was released, of none, and of that of another', async () => {
      const sessionId = newSessionId();
      expect(await forget(sessionId, newUpdateId())).toBe(false);
      const token = await takeLock(tested(), sessionId);
      await tested().store.unlock({ sessionId, token });
      expect(await forget(sessionId, token)).toBe(false);
      await lapseLock(tested(), sessionId);
      expect(await forget(sessionId, token)).toBe(false);
      expect(await tested().store.lock(lockOf(sessionId))).toEqual({
        status: 'held',
        lapsed: true,
      });
    });
  });
}
