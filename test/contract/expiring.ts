// Contract: how long a session lives, and what its end leaves behind: nothing.

import { describe, expect, it } from 'vitest';
import {
  appendOf,
  compactionOf,
  DAY_MS,
  inShortLife,
  MINUTE_MS,
  newSessionId,
  newUpdateId,
  readLive,
  receivedAgo,
  SLACK_MS,
  type StoreUnderTest,
  store,
  storeMany,
  untilMissing,
} from './store-under-test.ts';

export function describeExpiring(tested: () => StoreUnderTest): void {
  describe('a session', () => {
    it('lives from the moment of its first update for its time to live', async () => {
      const append = appendOf(newSessionId(), {
        receivedAtMonotonicMs: receivedAgo(10 * MINUTE_MS),
        ttlMs: 30 * MINUTE_MS,
      });
      await store(tested(), append);
      const { nowMs, createdAtMs, expiresAtMs } = await readLive(tested(), append.sessionId);
      expect(expiresAtMs - createdAtMs).toBe(30 * MINUTE_MS);
      // Ten minutes ago at the latest: clocks drift meanwhile, by a thousandth at most.
      expect(nowMs - createdAtMs).toBeGreaterThanOrEqual(10 * MINUTE_MS * 0.999 - 1);
      expect(nowMs - createdAtMs).toBeLessThan(10 * MINUTE_MS + SLACK_MS);
    });

    it('is prolonged by an update, and never shortened', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: 30 * MINUTE_MS }));
      const first = await readLive(tested(), sessionId);
      await store(tested(), appendOf(sessionId, { ttlMs: MINUTE_MS }));
      const receivedAtMonotonicMs = receivedAgo(10 * MINUTE_MS);
      await store(tested(), appendOf(sessionId, { receivedAtMonotonicMs, ttlMs: 30 * MINUTE_MS }));
      expect((await readLive(tested(), sessionId)).expiresAtMs).toBe(first.expiresAtMs);
      await store(tested(), appendOf(sessionId, { receivedAtMonotonicMs, ttlMs: 60 * MINUTE_MS }));
      const { expiresAtMs } = await readLive(tested(), sessionId);
      const prolongedMs = expiresAtMs - first.expiresAtMs;
      expect(prolongedMs).toBeGreaterThan(20 * MINUTE_MS - SLACK_MS);
      expect(prolongedMs).toBeLessThan(20 * MINUTE_MS + SLACK_MS);
    });

    it('is shortened by an update with an exact time to live, and by no repetition of it', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId, { ttlMs: 60 * MINUTE_MS }));
      const exact = appendOf(sessionId, { ttlMs: 10 * MINUTE_MS, isTtlExact: true });
      await store(tested(), exact);
      const { nowMs, expiresAtMs, damage } = await readLive(tested(), sessionId);
      expect(Math.abs(expiresAtMs - nowMs - 10 * MINUTE_MS)).toBeLessThan(SLACK_MS);
      expect(damage).toEqual([]);
      await store(tested(), appendOf(sessionId, { ttlMs: 30 * MINUTE_MS }));
      const prolonged = await readLive(tested(), sessionId);
      expect(await tested().store.append(exact)).toMatchObject({ status: 'known' });
      expect((await readLive(tested(), sessionId)).expiresAtMs).toBe(prolonged.expiresAtMs);
      await store(tested(), { ...exact, updateId: newUpdateId(), ttlMs: 90 * MINUTE_MS });
      const longer = (await readLive(tested(), sessionId)).expiresAtMs;
      expect(longer).toBeGreaterThan(prolonged.expiresAtMs);
    });

    it('that is to live exactly so long ends then, and leaves its lock and its tombstone', async () => {
      const sessionId = newSessionId();
      const erased = appendOf(sessionId);
      await store(tested(), erased);
      const erasure = { sessionId, eraseId: newUpdateId(), tombstoneTtlMs: DAY_MS, ifMatch: '' };
      await tested().store.erase(erasure);
      await store(tested(), appendOf(sessionId));
      const token = newUpdateId();
      const lock = { sessionId, token, ttlMs: MINUTE_MS, renew: false };
      expect(await tested().store.lock(lock)).toMatchObject({ status: 'held' });
      const exact = { ttlMs: 100, isTtlExact: true, lockToken: token };
      await store(tested(), appendOf(sessionId, exact));
      await untilMissing(tested(), sessionId);
      const { lockedUntilMs, tombstone } = await tested().store.inspect(sessionId);
      expect([lockedUntilMs, tombstone?.expiresAtMs]).toEqual([
        expect.any(Number),
        expect.any(Number),
      ]);
      expect(await tested().store.append(erased)).toMatchObject({ status: 'dropped' });
    });

    it('is not prolonged by reading', async () => {
      const sessionId = newSessionId();
      const { expiresAtMs } = await inShortLife(async (ttlMs) => {
        await store(tested(), appendOf(sessionId, { ttlMs }));
        return readLive(tested(), sessionId);
      });
      // Reads on and on; what ends it is its own deadline, by the clock of the store.
      await untilMissing(tested(), sessionId);
      await store(tested(), appendOf(sessionId));
      expect((await readLive(tested(), sessionId)).createdAtMs).toBeGreaterThanOrEqual(expiresAtMs);
    });

    it('starts anew after its end, without frames, memory or flow of its old life', async () => {
      const { sessionId, folded, live, old } = await inShortLife(async (ttlMs) => {
        const sessionId = newSessionId();
        const given = { ttlMs, flowId: 'old' };
        const folded = appendOf(sessionId, { ...given, updateId: 'folded-in-the-old-life' });
        const live = appendOf(sessionId, { ...given, updateId: 'stored-in-the-old-life' });
        await store(tested(), folded);
        const view = await readLive(tested(), sessionId);
        expect(await tested().store.compact(compactionOf(sessionId, view))).toBe('compacted');
        expect(await store(tested(), live)).toMatchObject({ revision: 2 });
        return { sessionId, folded, live, old: await readLive(tested(), sessionId) };
      });
      await untilMissing(tested(), sessionId);

      const first = await store(tested(), appendOf(sessionId));
      expect(first).toMatchObject({
        revision: 1,
        created: true,
        repaired: false,
        snapshotBytes: 0,
      });
      const session = await readLive(tested(), sessionId);
      expect(session.frames).toHaveLength(1);
      expect(session).toMatchObject({ recent: '', flowId: '', deltaBytes: first.deltaBytes });
      expect(session.incarnation).not.toBe(old.incarnation);
      expect(await store(tested(), folded)).toMatchObject({ revision: 2 });
      expect(await store(tested(), live)).toMatchObject({ revision: 3 });
    });

    it('has no etag in common with its old life, though the same update opens both', async () => {
      const append = appendOf(newSessionId(), { ttlMs: 100 });
      const old = await store(tested(), append);
      await untilMissing(tested(), append.sessionId);
      const first = await store(tested(), { ...append, receivedAtMonotonicMs: receivedAgo(0) });
      expect(first).toMatchObject({ revision: 1, created: true });
      expect(first.etag).not.toBe(old.etag);
    });

    it('that waited longer than it may live is over before it is read', async () => {
      const sessionId = newSessionId();
      const late = { receivedAtMonotonicMs: receivedAgo(10 * MINUTE_MS), ttlMs: MINUTE_MS };
      await store(tested(), appendOf(sessionId, late));
      expect(await tested().store.read(sessionId)).toBeUndefined();
      expect(await store(tested(), appendOf(sessionId))).toMatchObject({
        revision: 1,
        created: true,
      });
      expect((await readLive(tested(), sessionId)).frames).toHaveLength(1);
    });

    it('keeps the instant of its creation', async () => {
      const sessionId = newSessionId();
      await store(tested(), appendOf(sessionId));
      const { createdAtMs } = await readLive(tested(), sessionId);
      await storeMany(tested(), sessionId, 3);
      expect((await readLive(tested(), sessionId)).createdAtMs).toBe(createdAtMs);
    });

    it('needs room for the new update alone once it is over', async () => {
      const sessionId = newSessionId();
      const large = Buffer.alloc(1000);
      await store(tested(), appendOf(sessionId, { frame: large, ttlMs: 100 }));
      await untilMissing(tested(), sessionId);
      const again = appendOf(sessionId, { frame: large, sessionMaxBytes: 1030 });
      expect(await store(tested(), again)).toMatchObject({ revision: 1 });
    });
  });
}
