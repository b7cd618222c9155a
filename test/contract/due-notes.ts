// Contract: an append says when the session is to be noted in its user's index (due-note.ts).

import { describe, expect, it } from 'vitest';
import { type DueNote, NOTE_EVERY_MS } from '../../src/store/due-note.ts';
import type { Append } from '../../src/store/session-store.ts';
import { erase, SHORT_MS, untilForgotten } from './control-under-test.ts';
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
  /** An update that confirms a note, which was written so long ago. */
  const confirming = (due: DueNote | undefined, ageMs = 0): Pick<Append, 'confirmedNote'> => ({
    confirmedNote: { tag: due?.tag ?? '', ageMs },
  });
  /** Saves, and confirms the note that is due. */
  const notedWith = async (sessionId: string, given: Partial<Append>) => {
    const due = await saved(sessionId, given);
    expect(due).toBeDefined();
    expect(await saved(sessionId, confirming(due))).toBeUndefined();
    return due;
  };
  const notedBegun = async () => {
    const sessionId = newSessionId();
    await notedWith(sessionId, { userId: 'the user 1' });
    return sessionId;
  };

  describe('a note that is due', () => {
    it('comes with the first update that names a user, and not again once it is confirmed', async () => {
      const sessionId = newSessionId();
      expect(await saved(sessionId)).toMatchObject({ userId: '', isCertain: true });
      expect(await saved(sessionId)).toBeUndefined();
      const due = await saved(sessionId, { userId: 'the user 1' });
      expect(due).toMatchObject({ userId: 'the user 1', isCertain: true, eventMs: EVENT_MS });
      expect(Math.abs((due?.ttlMs ?? 0) - DAY_MS - NOTE_EVERY_MS)).toBeLessThan(10_000);
      const confirmed = { userId: 'the user 1', ...confirming(due) };
      expect(await saved(sessionId, confirmed)).toBeUndefined();
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
      const due = await notedWith(sessionId, { ttlMs: 3 * DAY_MS });
      expect(Math.abs((due?.ttlMs ?? 0) - 3 * DAY_MS - NOTE_EVERY_MS)).toBeLessThan(10_000);
      const shorter = await saved(sessionId, { eventMs: EVENT_MS + NOTE_EVERY_MS });
      expect(shorter?.ttlMs).toBeGreaterThan(2.9 * DAY_MS);
    });

    it('comes with another user, and is not certain from then on', async () => {
      const sessionId = await notedBegun();
      const due = { userId: 'another', isCertain: false, eventMs: EVENT_MS };
      expect(await notedWith(sessionId, { userId: 'another' })).toMatchObject(due);
      expect(await saved(sessionId, { userId: 'another' })).toBeUndefined();
      const eventMs = EVENT_MS + NOTE_EVERY_MS;
      expect(await saved(sessionId, { eventMs })).toMatchObject({ ...due, eventMs });
    });

    it('comes with each update until one confirms it, and each of them may', async () => {
      const sessionId = newSessionId();
      const first = await saved(sessionId, { userId: 'the user 1' });
      const { noted } = await readLive(tested(), sessionId);
      expect(noted).toMatchObject({ userId: 'the user 1', isCertain: true, notedAtMs: 0 });
      const eventMs = EVENT_MS + NOTE_EVERY_MS - 1;
      const again = await saved(sessionId, { eventMs });
      expect(again).toMatchObject({ userId: 'the user 1', isCertain: true, eventMs });
      expect(again?.tag).toBe(first?.tag);
      expect(Math.abs((again?.ttlMs ?? 0) - (first?.ttlMs ?? 0))).toBeLessThan(10_000);
      const wrong = confirming({ tag: '0123456789ab' } as DueNote);
      expect((await saved(sessionId, wrong))?.tag).toBe(first?.tag);
      expect(await saved(sessionId, confirming(first))).toBeUndefined();
      const { noted: confirmed, nowMs } = await readLive(tested(), sessionId);
      expect(confirmed).toMatchObject({ userId: 'the user 1', isCertain: true, eventMs: EVENT_MS });
      expect(Math.abs((confirmed?.notedAtMs ?? 0) - nowMs)).toBeLessThan(10_000);
      expect(await saved(sessionId)).toBeUndefined();
    });

    it('is not confirmed by the note of another user, or of an earlier life', async () => {
      const sessionId = newSessionId();
      const first = await saved(sessionId, { userId: 'the user 1' });
      const second = await saved(sessionId, { userId: 'another', ...confirming(first) });
      expect(second).toMatchObject({ userId: 'another', isCertain: false });
      expect(await saved(sessionId, confirming(first))).toMatchObject({ tag: second?.tag });
      await tested().tamper(sessionId, { field: 'expires_at', text: '1000' });
      const third = await saved(sessionId, { userId: 'another', ...confirming(second) });
      expect(third).toMatchObject({ userId: 'another', isCertain: true });
      expect(await saved(sessionId, confirming(second))).toMatchObject({ tag: third?.tag });
    });

    it('comes as long after the note as otherwise, however late that is confirmed', async () => {
      const sessionId = newSessionId();
      const due = await saved(sessionId, { userId: 'the user 1' });
      const later = { eventMs: EVENT_MS + 1, ...confirming(due, NOTE_EVERY_MS) };
      const late = await saved(sessionId, later);
      expect(late?.tag).toEqual(expect.stringMatching(/^[0-9a-f]{12}$/));
      expect(late?.tag).not.toBe(due?.tag);
      expect(await saved(sessionId, confirming(late, NOTE_EVERY_MS - 60_000))).toBeUndefined();
      const { noted, nowMs } = await readLive(tested(), sessionId);
      const agoMs = nowMs - (noted?.notedAtMs ?? 0);
      expect(Math.abs(agoMs - (NOTE_EVERY_MS - 60_000))).toBeLessThan(10_000);
    });

    it('is not confirmed soon after an erase, whose sender may remove the entry', async () => {
      const sessionId = await notedBegun();
      await erase(tested(), sessionId);
      const due = await saved(sessionId, { userId: 'the user 1' });
      expect(await saved(sessionId, confirming(due))).toMatchObject({ tag: due?.tag });
      const forgotten = await notedBegun();
      await erase(tested(), forgotten, { tombstoneTtlMs: SHORT_MS });
      await untilForgotten(tested(), forgotten);
      await notedWith(forgotten, { userId: 'the user 1' });
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
}
