// Contract: what another service left of a session is from before its lock and from before any
// erase, whenever it is stored.

import { describe, expect, it } from 'vitest';
import { BEFORE_ALL } from '../../src/store/session-store.ts';
import { appendInVain, erase, SHORT_MS, takeLock, untilForgotten } from './control-under-test.ts';
import {
  appendOf,
  newSessionId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  sessionOf,
  store,
} from './store-under-test.ts';

const BASE = { ifMatch: BEFORE_ALL };

export function describeBeforeAll(tested: () => StoreUnderTest): void {
  describe('append() from before all updates', () => {
    it('creates a session, and joins a live one', async () => {
      const created = await store(tested(), appendOf(newSessionId(), BASE));
      expect(created).toMatchObject({ revision: 1, created: true });
      const { sessionId } = await sessionOf(tested(), 2);
      const joined = await store(tested(), appendOf(sessionId, BASE));
      expect(joined).toMatchObject({ revision: 3, created: false });
    });

    it('is stored once, however often it comes at once', async () => {
      const append = appendOf(newSessionId(), BASE);
      const results = await Promise.all(
        Array.from({ length: 20 }, () => tested().store.append(append)),
      );
      expect(results.filter(({ status }) => status === 'stored')).toHaveLength(1);
      expect(results.filter(({ status }) => status === 'known')).toHaveLength(19);
      expect((await readLive(tested(), append.sessionId)).frames).toHaveLength(1);
    });

    it('ignores the lock, and leaves it to its holder', async () => {
      const sessionId = newSessionId();
      const lockToken = await takeLock(tested(), sessionId);
      expect(await store(tested(), appendOf(sessionId, BASE))).toMatchObject({ revision: 1 });
      expect(await tested().store.append(appendOf(sessionId))).toMatchObject({ status: 'locked' });
      await store(tested(), appendOf(sessionId, { lockToken }));
    });

    it.each([0, 1000])('is dropped by a tombstone, received %i ms ago', async (agoMs) => {
      const { sessionId } = await sessionOf(tested(), 1);
      await erase(tested(), sessionId);
      const receivedAtMonotonicMs = receivedAgo(agoMs);
      const append = appendOf(sessionId, { ...BASE, receivedAtMonotonicMs });
      expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });
      await store(tested(), appendOf(sessionId));
      expect(await appendInVain(tested(), append)).toEqual({ status: 'dropped' });
    });

    it('is stored once the tombstone has ended', async () => {
      const { sessionId } = await sessionOf(tested(), 1);
      await erase(tested(), sessionId, { tombstoneTtlMs: SHORT_MS });
      await untilForgotten(tested(), sessionId);
      expect(await store(tested(), appendOf(sessionId, BASE))).toMatchObject({ created: true });
    });
  });
}
