// Contract: where a tombstone stands in time, and for how long.

import { describe, expect, it } from 'vitest';
import { TOMBSTONE_GRAIN_MS } from '../../src/store/session-store.ts';
import {
  erase,
  expiredSession,
  MINUTE_MS,
  SHORT_MS,
  takeLock,
  tombstoneOf,
  untilForgotten,
} from './control-under-test.ts';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  newSessionId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  sessionOf,
  store,
  storeMany,
} from './store-under-test.ts';

const HOUR_MS = 60 * MINUTE_MS;
/** More than any call takes, far less than the ages told apart here. */
const SLACK_MS = 5_000;

export function describeTombstones(tested: () => StoreUnderTest): void {
  const erasedSession = async () => {
    const sessionId = newSessionId();
    await erase(tested(), sessionId);
    return sessionId;
  };

  describe('a tombstone', () => {
    it('stands at the moment of its erase, for its time', async () => {
      const sessionId = newSessionId();
      const given = { receivedAtMonotonicMs: receivedAgo(HOUR_MS), tombstoneTtlMs: DAY_MS };
      const { tombstoneExpiresAtMs } = await erase(tested(), sessionId, given);
      const { nowMs } = await tested().store.inspect(sessionId);
      const { instantMs, expiresAtMs } = await tombstoneOf(tested(), sessionId);
      expect(expiresAtMs).toBe(tombstoneExpiresAtMs);
      expect(expiresAtMs - instantMs).toBe(DAY_MS + TOMBSTONE_GRAIN_MS);
      expect(nowMs - instantMs).toBeGreaterThanOrEqual(HOUR_MS);
      expect(nowMs - instantMs).toBeLessThan(HOUR_MS + SLACK_MS);
    });

    it('is not left by an erase that waited longer than it would stand, which removes all the same', async () => {
      const { sessionId } = await sessionOf(tested(), 2);
      const given = { receivedAtMonotonicMs: receivedAgo(HOUR_MS), tombstoneTtlMs: MINUTE_MS };
      expect(await erase(tested(), sessionId, given)).toMatchObject({ revision: 2, frames: 2 });
      expect(await tested().store.inspect(sessionId)).toMatchObject({
        session: undefined,
        tombstone: undefined,
      });
    });

    it('ends at its deadline, and what was dropped until then is stored', async () => {
      const sessionId = newSessionId();
      const [erased] = await storeMany(tested(), sessionId, 1);
      await erase(tested(), sessionId, { tombstoneTtlMs: SHORT_MS });
      await untilForgotten(tested(), sessionId);
      const late = { receivedAtMonotonicMs: receivedAgo(HOUR_MS) };
      expect(await store(tested(), appendOf(sessionId, late))).toMatchObject({ revision: 1, created: true });
      const again = { ...erased, sessionId, receivedAtMonotonicMs: receivedAgo(0) };
      expect(await store(tested(), appendOf(sessionId, again))).toMatchObject({ revision: 2 });
    });

    it('ends at its deadline also under a session that began since, which stays', async () => {
      const sessionId = newSessionId();
      const [erased] = await storeMany(tested(), sessionId, 1);
      await erase(tested(), sessionId, { tombstoneTtlMs: SHORT_MS });
      await storeMany(tested(), sessionId, 1);
      await untilForgotten(tested(), sessionId);
      const again = { ...erased, sessionId, receivedAtMonotonicMs: receivedAgo(HOUR_MS) };
      expect(await store(tested(), appendOf(sessionId, again))).toMatchObject({ revision: 2 });
    });

    it('outlives the session that began since', async () => {
      const sessionId = await erasedSession();
      const before = await tombstoneOf(tested(), sessionId);
      await expiredSession(tested(), { sessionId });
      expect(await tombstoneOf(tested(), sessionId)).toEqual(before);
    });

    it('is not moved by updates, locks, compaction and dropped updates', async () => {
      const sessionId = await erasedSession();
      const before = await tombstoneOf(tested(), sessionId);
      await storeMany(tested(), sessionId, 2);
      await tested().store.compact(compactionOf(sessionId, await readLive(tested(), sessionId)));
      await takeLock(tested(), sessionId);
      await tested().store.append(appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(HOUR_MS) }));
      expect(await tombstoneOf(tested(), sessionId)).toEqual(before);
    });

    it('never moves back: of two, the later instant and the later deadline stand', async () => {
      const sessionId = newSessionId();
      const erasures = [
        { receivedAtMonotonicMs: receivedAgo(HOUR_MS), tombstoneTtlMs: 3 * HOUR_MS },
        { receivedAtMonotonicMs: receivedAgo(MINUTE_MS), tombstoneTtlMs: HOUR_MS },
        { receivedAtMonotonicMs: receivedAgo(2 * HOUR_MS), tombstoneTtlMs: HOUR_MS },
      ];
      const [first, second] = erasures;
      const { tombstoneExpiresAtMs: deadlineMs } = await erase(tested(), sessionId, first);
      const { instantMs } = await tombstoneOf(tested(), sessionId);
      expect((await erase(tested(), sessionId, second)).tombstoneExpiresAtMs).toBe(deadlineMs);
      const later = await tombstoneOf(tested(), sessionId);
      expect(later.expiresAtMs).toBe(deadlineMs);
      expect(later.instantMs - instantMs).toBeGreaterThan(59 * MINUTE_MS - SLACK_MS);
      expect((await erase(tested(), sessionId, erasures[2])).tombstoneExpiresAtMs).toBe(deadlineMs);
      expect(await tombstoneOf(tested(), sessionId)).toEqual(later);
    });
  });
}
