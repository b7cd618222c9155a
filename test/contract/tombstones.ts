// Contract: where a tombstone stands in time, and for how long.

import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
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
  newUpdateId,
  readLive,
  receivedAgo,
  type StoreUnderTest,
  store,
  storeMany,
} from './store-under-test.ts';

const HOUR_MS = 60 * MINUTE_MS;

export function describeTombstones(tested: () => StoreUnderTest): void {
  const erasedSession = async () => {
    const sessionId = newSessionId();
    await erase(tested(), sessionId);
    return sessionId;
  };

  describe('a tombstone', () => {
    it('has the instant at which its erase ran, and its time from then on', async () => {
      const sessionId = newSessionId();
      const before = await tested().store.inspect(sessionId);
      const { tombstoneExpiresAtMs } = await erase(tested(), sessionId, { tombstoneTtlMs: DAY_MS });
      const { nowMs } = await tested().store.inspect(sessionId);
      const { instantMs, expiresAtMs } = await tombstoneOf(tested(), sessionId);
      expect(expiresAtMs).toBe(tombstoneExpiresAtMs);
      expect(expiresAtMs - instantMs).toBe(DAY_MS);
      expect(instantMs).toBeGreaterThanOrEqual(before.nowMs);
      expect(instantMs).toBeLessThanOrEqual(nowMs);
    });

    it('ends at its deadline, and what was dropped until then is stored', async () => {
      const sessionId = newSessionId();
      const [erased] = await storeMany(tested(), sessionId, 1);
      await erase(tested(), sessionId, { tombstoneTtlMs: SHORT_MS });
      await untilForgotten(tested(), sessionId);
      const late = { receivedAtMonotonicMs: receivedAgo(HOUR_MS) };
      expect(await store(tested(), appendOf(sessionId, late))).toMatchObject({
        revision: 1,
        created: true,
      });
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
      await tested().store.append(
        appendOf(sessionId, { receivedAtMonotonicMs: receivedAgo(HOUR_MS) }),
      );
      expect(await tombstoneOf(tested(), sessionId)).toEqual(before);
    });

    it('has the instant of the later of two erases, and the later of their deadlines', async () => {
      const sessionId = newSessionId();
      const { tombstoneExpiresAtMs: deadlineMs } = await erase(tested(), sessionId, {
        tombstoneTtlMs: 3 * HOUR_MS,
      });
      const first = await tombstoneOf(tested(), sessionId);
      await until('the next millisecond', async () =>
        (await tested().store.inspect(sessionId)).nowMs > first.instantMs ? true : undefined,
      );
      expect(
        (await erase(tested(), sessionId, { tombstoneTtlMs: HOUR_MS })).tombstoneExpiresAtMs,
      ).toBe(deadlineMs);
      const later = await tombstoneOf(tested(), sessionId);
      expect(later.expiresAtMs).toBe(deadlineMs);
      expect(later.instantMs).toBeGreaterThan(first.instantMs);
    });

    it('ahead of the clock, which was set back, drops nothing, and gives way to the next erase', async () => {
      const sessionId = newSessionId();
      await erase(tested(), sessionId);
      const { nowMs } = await tested().store.inspect(sessionId);
      const text = `${nowMs + HOUR_MS} ${nowMs + DAY_MS} ${newUpdateId()} 1 1 0 0`;
      await tested().tamper(sessionId, { field: 'tombstone', text });
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({ revision: 1 });
      const late = { receivedAtMonotonicMs: receivedAgo(HOUR_MS) };
      expect(await store(tested(), appendOf(sessionId, late))).toMatchObject({ revision: 2 });
      await erase(tested(), sessionId);
      expect((await tombstoneOf(tested(), sessionId)).instantMs).toBeLessThan(nowMs + HOUR_MS);
      expect(await tested().store.append(appendOf(sessionId, late))).toEqual({ status: 'dropped' });
    });
  });
}
