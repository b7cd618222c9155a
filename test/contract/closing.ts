// Contract: a store answers until it is closed, and afterwards refuses every call as unavailable.

import { describe, expect, it } from 'vitest';
import { type SessionStore, StoreUnavailable } from '../../src/store/session-store.ts';
import { erasureOf, lockOf } from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  newSessionId,
  newUpdateId,
  type OpenStore,
  readLive,
  store,
} from './store-under-test.ts';

export function describeClosing(open: OpenStore): void {
  describe('close()', () => {
    it('comes after a ping that was answered, and keeps what was stored', async () => {
      const first = await open();
      const sessionId = newSessionId();
      await first.store.ping();
      await store(first, appendOf(sessionId));
      await first.store.close();
      const second = await open();
      expect((await readLive(second, sessionId)).revision).toBe(1);
      await second.store.close();
    });

    it('may be called twice', async () => {
      const { store } = await open();
      await store.close();
      await expect(store.close()).resolves.toBeUndefined();
    });

    it('makes every call refuse', async () => {
      const opened = await open();
      const append = appendOf(newSessionId());
      await store(opened, append);
      const compaction = compactionOf(append.sessionId, await readLive(opened, append.sessionId));
      const closed: SessionStore = opened.store;
      await closed.close();
      const { sessionId, receivedAtMonotonicMs, ttlMs } = append;
      const calls = [
        () => closed.append(append),
        () => closed.read(sessionId),
        () => closed.compact(compaction),
        () => closed.inspect(sessionId),
        () => closed.lock(lockOf(sessionId)),
        () => closed.unlock({ sessionId, token: newUpdateId() }),
        () => closed.erase(erasureOf(sessionId)),
        () => closed.quarantine({ sessionId, moves: [], ttlMs, quarantineMaxBytes: 1 }),
        () => closed.unindex({ userId: 'user', sessionIds: [sessionId] }),
        () => closed.eraseUser({ userId: 'user', tombstoneTtlMs: ttlMs }),
        () => closed.index({ userId: 'user', sessionId, eventMs: 1, receivedAtMonotonicMs, ttlMs }),
        () => closed.userSessions('user', { offset: 0, limit: 1 }),
        () => closed.ping(),
      ];
      for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StoreUnavailable);
    });
  });
}
