// Contract: an append says when the session is to be noted in its user's index (due-note.ts).

import { describe, expect, it } from 'vitest';
import { NOTE_EVERY_MS } from '../../src/store/due-note.ts';
import type { Append } from '../../src/store/session-store.ts';
import {
  appendOf,
  DAY_MS,
  newSessionId,
  readLive,
  type StoreUnderTest,
  store,
} from './store-under-test.ts';

const EVENT_MS = 1_718_445_600_000;

export function describeDueNotes(tested: () => StoreUnderTest): void {
  const saved = async (sessionId: string, given: Partial<Append> = {}) =>
    (await store(tested(), appendOf(sessionId, { eventMs: EVENT_MS, ...given }))).due;
  const notedBegun = async () => {
    const sessionId = newSessionId();
    await saved(sessionId, { userId: 'the user 1' });
    return sessionId;
  };

  describe('a note that is due', () => {
    it('comes with the first update that names a user, and not again', async () => {
      const sessionId = newSessionId();
      expect(await saved(sessionId)).toBeUndefined();
      const due = await saved(sessionId, { userId: 'the user 1' });
      expect(due).toMatchObject({ userId: 'the user 1', isCertain: true, eventMs: EVENT_MS });
      expect(Math.abs((due?.ttlMs ?? 0) - DAY_MS - NOTE_EVERY_MS)).toBeLessThan(10_000);
      expect(await saved(sessionId, { userId: 'the user 1' })).toBeUndefined();
      expect(await saved(sessionId)).toBeUndefined();
      const { noted } = await readLive(tested(), sessionId);
      expect(noted).toMatchObject({ userId: 'the user 1', isCertain: true, eventMs: EVENT_MS });
    });

    it('comes with a later event, also of an update that names nobody', async () => {
      const sessionId = await notedBegun();
      const eventMs = EVENT_MS + NOTE_EVERY_MS;
      expect(await saved(sessionId, { eventMs: eventMs - 1 })).toBeUndefined();
      const due = { userId: 'the user 1', isCertain: true, eventMs };
      expect(await saved(sessionId, { eventMs })).toMatchObject(due);
    });

    it('comes with a longer life, and says how long', async () => {
      const sessionId = await notedBegun();
      const due = await saved(sessionId, { ttlMs: 3 * DAY_MS });
      expect(Math.abs((due?.ttlMs ?? 0) - 3 * DAY_MS - NOTE_EVERY_MS)).toBeLessThan(10_000);
      const shorter = await saved(sessionId, { eventMs: EVENT_MS + NOTE_EVERY_MS });
      expect(shorter?.ttlMs).toBeGreaterThan(2.9 * DAY_MS);
    });

    it('comes with another user, and is not certain from then on', async () => {
      const sessionId = await notedBegun();
      const due = { userId: 'another', isCertain: false, eventMs: EVENT_MS };
      expect(await saved(sessionId, { userId: 'another' })).toMatchObject(due);
      expect(await saved(sessionId, { userId: 'another' })).toBeUndefined();
      const eventMs = EVENT_MS + NOTE_EVERY_MS;
      expect(await saved(sessionId, { eventMs })).toMatchObject({ ...due, eventMs });
    });

    it('comes again where it was forgotten, and is not certain then', async () => {
      const sessionId = await notedBegun();
      await tested().store.unnote(sessionId);
      expect((await readLive(tested(), sessionId)).noted).toBeUndefined();
      const due = { userId: '', isCertain: false, eventMs: EVENT_MS };
      expect(await saved(sessionId)).toMatchObject(due);
      expect(await saved(sessionId)).toBeUndefined();
    });

    it('comes where what was noted is damaged, which is reported', async () => {
      const sessionId = await notedBegun();
      const damage = { field: 'noted', text: '0123456789ab c 1 2 3 1 u', keepsSeal: true } as const;
      await tested().tamper(sessionId, damage);
      expect((await readLive(tested(), sessionId)).damage).toEqual(['noted']);
      const due = { userId: 'u', isCertain: false, eventMs: EVENT_MS };
      expect(await saved(sessionId, { userId: 'u' })).toMatchObject(due);
      expect((await readLive(tested(), sessionId)).damage).toEqual([]);
    });

    it('comes in the next life of a session', async () => {
      const sessionId = await notedBegun();
      await tested().tamper(sessionId, { field: 'expires_at', text: '1000' });
      const due = { userId: 'the user 1', isCertain: true };
      expect(await saved(sessionId, { userId: 'the user 1' })).toMatchObject(due);
    });
  });

  it('forgetting a note of a session that is not there changes nothing', async () => {
    const sessionId = newSessionId();
    await tested().store.unnote(sessionId);
    expect(await tested().store.read(sessionId)).toBeUndefined();
  });
}
