// Contract: a touch extends the life of a session, and changes nothing else.

import { describe, expect, it } from 'vitest';
import { NOTE_EVERY_MS } from '../../src/store/due-note.ts';
import type { Touch } from '../../src/store/session-store.ts';
import {
  appendOf,
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
  untilMissing,
} from './store-under-test.ts';

export function describeTouching(tested: () => StoreUnderTest): void {
  const touch = (sessionId: string, given: Partial<Touch> = {}) =>
    tested().store.touch({
      ...{ sessionId, receivedAtMonotonicMs: receivedAgo(0), ttlMs: 30 * MINUTE_MS },
      ...{ flowId: undefined, ...given },
    });
  /** A session that lives for ten minutes. */
  const begun = async (given: Parameters<typeof appendOf>[1] = {}) => {
    const sessionId = newSessionId();
    await store(tested(), appendOf(sessionId, { ttlMs: 10 * MINUTE_MS, ...given }));
    return sessionId;
  };

  describe('a touch', () => {
    it('extends a session, and changes neither its frames nor its revision nor its etag', async () => {
      const sessionId = await begun();
      const { nowMs: _, expiresAtMs: before, ...rest } = await readLive(tested(), sessionId);
      const touched = await touch(sessionId);
      if (touched.status !== 'touched') throw new Error(touched.status);
      expect(Math.abs(touched.remainingMs - 30 * MINUTE_MS)).toBeLessThan(SLACK_MS);
      expect(touched.durability).toBe('stored');
      const { nowMs, expiresAtMs, ...after } = await readLive(tested(), sessionId);
      expect(Math.abs(expiresAtMs - before - 20 * MINUTE_MS)).toBeLessThan(SLACK_MS);
      expect(Math.abs(expiresAtMs - nowMs - touched.remainingMs)).toBeLessThan(SLACK_MS);
      expect({ ...after, noted: 0 }).toEqual({ ...rest, noted: 0 });
      expect(after).toMatchObject({ damage: [], isWhole: true, revision: 1 });
      const next = appendOf(sessionId, { ifMatch: after.etag });
      expect(await store(tested(), next)).toMatchObject({ revision: 2, repaired: false });
    });

    it('never shortens it, and counts from when it was received', async () => {
      const sessionId = await begun();
      const { expiresAtMs: before } = await readLive(tested(), sessionId);
      const shorter = await touch(sessionId, { ttlMs: MINUTE_MS });
      const late = { receivedAtMonotonicMs: receivedAgo(25 * MINUTE_MS) };
      for (const touched of [shorter, await touch(sessionId, late)])
        expect(touched).toMatchObject({ status: 'touched' });
      expect((await readLive(tested(), sessionId)).expiresAtMs).toBe(before);
    });

    it('repeated extends it again', async () => {
      const sessionId = await begun();
      const early = { receivedAtMonotonicMs: receivedAgo(10 * MINUTE_MS) };
      await touch(sessionId, early);
      const { expiresAtMs: before } = await readLive(tested(), sessionId);
      await touch(sessionId);
      expect((await readLive(tested(), sessionId)).expiresAtMs).toBeGreaterThan(before);
    });

    it('needs no token where somebody holds the lock, and leaves the lock', async () => {
      const sessionId = await begun();
      const token = newUpdateId();
      await tested().store.lock({ sessionId, token, ttlMs: MINUTE_MS, renew: false });
      expect(await touch(sessionId)).toMatchObject({ status: 'touched' });
      const renewed = { sessionId, token, ttlMs: MINUTE_MS, renew: true };
      expect(await tested().store.lock(renewed)).toMatchObject({ status: 'held' });
    });

    it('creates no session where there is none, or only a lock', async () => {
      const sessionId = newSessionId();
      const missing = { status: 'missing', isErased: false };
      expect(await touch(sessionId)).toEqual(missing);
      const lock = { sessionId, token: newUpdateId(), ttlMs: MINUTE_MS, renew: false };
      await tested().store.lock(lock);
      expect(await touch(sessionId)).toEqual(missing);
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('brings back no session that has expired', async () => {
      const sessionId = await inShortLife((ttlMs) => begun({ ttlMs }));
      await untilMissing(tested(), sessionId);
      expect(await touch(sessionId)).toEqual({ status: 'missing', isErased: false });
      expect(await tested().store.read(sessionId)).toBeUndefined();
    });

    it('brings back no session that was erased, and extends the one after it', async () => {
      const sessionId = await begun();
      const erasure = { sessionId, eraseId: newUpdateId(), tombstoneTtlMs: DAY_MS, ifMatch: '' };
      await tested().store.erase(erasure);
      expect(await touch(sessionId)).toEqual({ status: 'missing', isErased: true });
      expect(await tested().store.read(sessionId)).toBeUndefined();
      await store(tested(), appendOf(sessionId, { ttlMs: MINUTE_MS }));
      expect(await touch(sessionId)).toMatchObject({ status: 'touched' });
      const { tombstone } = await tested().store.inspect(sessionId);
      expect(tombstone).toBeDefined();
    });

    it('for one flow leaves a session of another as it is, and says of which it is', async () => {
      const sessionId = await begun({ flowId: 'checkout' });
      const { expiresAtMs: before } = await readLive(tested(), sessionId);
      const other = { status: 'other-flow', flowId: 'checkout' };
      for (const flowId of ['', 'check', 'checkout2', '*'])
        expect(await touch(sessionId, { flowId })).toEqual(other);
      expect((await readLive(tested(), sessionId)).expiresAtMs).toBe(before);
      expect(await touch(sessionId, { flowId: 'checkout' })).toMatchObject({ status: 'touched' });
      const none = await begun();
      expect(await touch(none, { flowId: '' })).toMatchObject({ status: 'touched' });
    });

    it('makes a note due where the session would outlive its entry, and only there', async () => {
      const sessionId = await begun({ userId: 'the user 1', eventMs: 1_718_445_600_000 });
      const first = await touch(sessionId, { ttlMs: MINUTE_MS });
      if (first.status !== 'touched') throw new Error(first.status);
      const confirmedNote = { tag: first.due?.tag ?? '', ageMs: 0 };
      const next = appendOf(sessionId, { ttlMs: MINUTE_MS, confirmedNote });
      expect((await store(tested(), next)).due).toBeUndefined();
      expect(await touch(sessionId, { ttlMs: 5 * MINUTE_MS })).toMatchObject({ due: undefined });
      const longer = await touch(sessionId, { ttlMs: DAY_MS });
      expect(longer).toMatchObject({
        due: { userId: 'the user 1', isCertain: true, eventMs: 1_718_445_600_000 },
      });
      const { due } = longer as Extract<typeof longer, { status: 'touched' }>;
      expect(Math.abs((due?.ttlMs ?? 0) - DAY_MS - NOTE_EVERY_MS)).toBeLessThan(SLACK_MS);
      expect((await readLive(tested(), sessionId)).noted).toMatchObject({
        ...{ userId: 'the user 1', isCertain: true, notedAtMs: 0 },
      });
    });

    it.each(['chain', 'revision', 'incarnation', 'created_at', 'expires_at'] as const)(
      'leaves a session whose %s is damaged to the next update, which repairs it',
      async (field) => {
        const sessionId = await begun({ flowId: 'checkout' });
        const { etag } = await readLive(tested(), sessionId);
        await tested().tamper(sessionId, { field, text: 'x1', keepsSeal: true });
        expect(await touch(sessionId, { flowId: 'checkout' })).toMatchObject({
          status: 'touched',
        });
        const read = await readLive(tested(), sessionId);
        expect(read).toMatchObject({ etag, revision: 1, flowId: 'checkout' });
        expect(Math.abs(read.expiresAtMs - read.nowMs - 30 * MINUTE_MS)).toBeLessThan(SLACK_MS);
        await store(tested(), appendOf(sessionId, { ifMatch: etag }));
        expect((await readLive(tested(), sessionId)).damage).toEqual([]);
      },
    );

    it('extends a session whose metadata cannot be read', async () => {
      const sessionId = await begun();
      await tested().tamper(sessionId, { field: 'chain', text: 'x1' });
      expect(await touch(sessionId)).toMatchObject({ status: 'touched', due: undefined });
      const { expiresAtMs, nowMs, etag, damage } = await readLive(tested(), sessionId);
      expect(Math.abs(expiresAtMs - nowMs - 30 * MINUTE_MS)).toBeLessThan(SLACK_MS);
      expect([etag, damage]).toEqual(['', ['chain']]);
    });
  });
}
