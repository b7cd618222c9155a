// Contract: a lock stands beside its session, and comes and goes apart from it.

import { describe, expect, it } from 'vitest';
import type { Append } from '../../src/store/session-store.ts';
import { appendInVain, SHORT_MS, takeLock } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  readLive,
  type StoreUnderTest,
  store,
  storeMany,
  untilMissing,
} from './store-under-test.ts';

export function describeLockAndSession(tested: () => StoreUnderTest): void {
  const expectRefused = async (append: Append, status: 'locked' | 'lock-lost') => {
    const result = await appendInVain(tested(), append);
    expect(result.status).toBe(status);
    return result;
  };

  describe('a lock', () => {
    it('may be taken before the session exists, which reads as missing', async () => {
      const sessionId = newSessionId();
      await takeLock(tested(), sessionId);
      expect(await tested().store.read(sessionId)).toBeUndefined();
      const { session, lockedUntilMs, nowMs } = await tested().store.inspect(sessionId);
      expect(session).toBeUndefined();
      expect(lockedUntilMs).toBeGreaterThan(nowMs);
    });

    it('outlives the session, and stands over its next life', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: SHORT_MS }));
      const lockToken = await takeLock(tested(), sessionId);
      await untilMissing(tested(), sessionId);
      const { lockedUntilMs } = await tested().store.inspect(sessionId);
      expect(lockedUntilMs).toBeDefined();
      await expectRefused(appendOf(sessionId), 'locked');
      const anew = await store(tested(), appendOf(sessionId, { lockToken, ttlMs: SHORT_MS }));
      expect(anew).toMatchObject({ revision: 1, created: true });
      await untilMissing(tested(), sessionId);
      expect((await tested().store.inspect(sessionId)).lockedUntilMs).toBe(lockedUntilMs);
      await expectRefused(appendOf(sessionId), 'locked');
    });

    it('survives compaction', async () => {
      const sessionId = newSessionId();
      await storeMany(tested(), sessionId, 3);
      const lockToken = await takeLock(tested(), sessionId);
      const compaction = compactionOf(sessionId, await readLive(tested(), sessionId));
      expect(await tested().store.compact(compaction)).toBe('compacted');
      await expectRefused(appendOf(sessionId), 'locked');
      await store(tested(), appendOf(sessionId, { lockToken }));
    });
  });
}
