import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConfirmedNote,
  dueNote,
  leastLifeMs,
  NOTE_EVERY_MS,
  type NotedUpdate,
  notedFrom,
} from '../../src/store/due-note.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_718_445_600_000;

/** An update of user `u` now, in a session that is there already and lives for an hour after it. */
function update(given: Partial<NotedUpdate> = {}): NotedUpdate {
  const nowMs = given.nowMs ?? NOW_MS;
  return {
    ...{ userId: 'u', eventMs: nowMs, ttlMs: HOUR_MS, momentMs: nowMs, nowMs },
    ...{ incarnation: 'abc', isCreated: false, expiresAtMs: nowMs + HOUR_MS },
    ...given,
  };
}

const created = update({ isCreated: true });
const first = dueNote('', created);
const unconfirmed = first.noted ?? '';
const confirmedNote = { tag: first.due?.tag ?? '', ageMs: 0 };
const noted = dueNote(unconfirmed, update({ confirmedNote })).noted ?? '';
const late = (ageMs: number): ConfirmedNote => ({ ...confirmedNote, ageMs });
const dueWith = (given: Partial<NotedUpdate>) => dueNote(noted, update(given)).due;

describe('a session is to be noted', () => {
  test('with the first update that names a user', () => {
    const ttlMs = HOUR_MS + NOTE_EVERY_MS;
    const due = { userId: 'u', isCertain: true, eventMs: NOW_MS, ttlMs };
    expect(dueNote('', created).due).toEqual({ ...due, tag: expect.any(String) });
    const nobodys = dueNote('', { ...created, userId: '' });
    expect(dueNote(nobodys.noted ?? '', update()).due).toMatchObject(due);
  });

  test('with the first update of nobody, which needs no confirmation: its end is to be noted', () => {
    const nobodys = dueNote('', { ...created, userId: '' });
    expect(nobodys.due).toMatchObject({ userId: '', isCertain: true });
    expect(leastLifeMs(nobodys.due ?? { ttlMs: 0 })).toBe(HOUR_MS);
    const next = update({ userId: '', nowMs: NOW_MS + 1 });
    expect(dueNote(nobodys.noted ?? '', next)).toEqual({ due: undefined, noted: undefined });
  });

  test.each<[string, Partial<NotedUpdate>, boolean]>([
    ['the next update', {}, false],
    ['one that names nobody', { userId: '' }, false],
    ['an older one', { eventMs: 5 }, false],
    ['one that names another user', { userId: 'v' }, true],
    ['an event almost ten minutes later', { eventMs: NOW_MS + NOTE_EVERY_MS - 1 }, false],
    ['an event ten minutes later', { eventMs: NOW_MS + NOTE_EVERY_MS }, true],
    ['one that comes ten minutes later', { nowMs: NOW_MS + NOTE_EVERY_MS, eventMs: 5 }, true],
    ['one by a clock far behind', { nowMs: NOW_MS - NOTE_EVERY_MS, eventMs: 5 }, true],
    ['one with a longer life', { expiresAtMs: NOW_MS + 2 * HOUR_MS }, true],
    ['one in a short life', { ttlMs: 60_000, nowMs: NOW_MS + 15_000 }, true],
    ['one of another incarnation', { incarnation: 'abd' }, true],
  ])('with %s: %j: %j', (_name, given, isDue) => {
    expect(dueWith(given) !== undefined).toBe(isDue);
  });

  test.each<[string, Partial<NotedUpdate>]>([
    ['the next update', {}],
    ['an older one', { eventMs: 5 }],
    ['one by a clock far behind', { nowMs: NOW_MS - NOTE_EVERY_MS, eventMs: 5 }],
    ['one that comes as long after the note as it may', { confirmedNote: late(NOTE_EVERY_MS) }],
    ['one that confirms another note', { confirmedNote: { tag: '0123456789ab', ageMs: 0 } }],
  ])('while no note is confirmed, with %s', (_name, given) => {
    expect(dueNote(unconfirmed, update(given)).due).toMatchObject({ userId: 'u', isCertain: true });
  });

  test('not with an update that confirms the note, which stays as it was but for its time', () => {
    const { due, noted: after = '' } = dueNote(unconfirmed, update({ confirmedNote: late(5000) }));
    expect(due).toBeUndefined();
    const { notedAtMs, ...rest } = notedFrom(after, 'abc') ?? {};
    expect(notedFrom(unconfirmed, 'abc')).toEqual({ ...rest, notedAtMs: 0 });
    expect(notedAtMs).toBe(NOW_MS - 5000);
  });

  test('with the latest event, though an older one is what makes it due', () => {
    const late = { nowMs: NOW_MS + NOTE_EVERY_MS, eventMs: 5 };
    expect(dueWith(late)).toMatchObject({ eventMs: NOW_MS, isCertain: true });
  });

  test('without certainty from the second user on, and where nothing is known', () => {
    const second = dueNote(noted, update({ userId: 'v' }));
    expect(second.due).toMatchObject({ userId: 'v', isCertain: false });
    const later = update({ userId: '', nowMs: NOW_MS + NOTE_EVERY_MS });
    expect(dueNote(second.noted ?? '', later).due).toMatchObject({ userId: 'v', isCertain: false });
    expect(dueNote('', update()).due).toMatchObject({ userId: 'u', isCertain: false });
    expect(dueNote('', later).due).toMatchObject({ userId: '', isCertain: false });
  });

  test('wherever one bit of what was noted has been flipped', () => {
    const bytes = Buffer.from(noted);
    const places = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7));
    fc.assert(
      fc.property(places, ([place, bit]) => {
        const flipped = Buffer.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        expect(notedFrom(flipped.toString(), 'abc')).toBeUndefined();
        expect(dueNote(flipped.toString(), update()).due?.isCertain).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

test('after each update whose note did not fail, the entry is right', () => {
  const step = fc.record({
    passedMs: fc.nat(HOUR_MS / 2),
    aheadMs: fc.integer({ min: -HOUR_MS, max: 10_000 }),
    ttlMs: fc.integer({ min: 1000, max: 3 * HOUR_MS }),
    isNamed: fc.boolean(),
    isWritten: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      let [text, nowMs, expiresAtMs, latestMs] = ['', NOW_MS, 0, 0];
      let written: { tag: string; atMs: number } | undefined;
      let entry: { eventMs: number; endsAtMs: number } | undefined;
      for (const { passedMs, aheadMs, ttlMs, isNamed, isWritten } of steps) {
        nowMs += passedMs;
        const isCreated = expiresAtMs <= nowMs;
        if (isCreated) [entry, latestMs, expiresAtMs] = [undefined, 0, 0];
        expiresAtMs = Math.max(expiresAtMs, nowMs + ttlMs);
        const eventMs = nowMs + aheadMs;
        latestMs = Math.max(latestMs, eventMs);
        const confirms = written && { tag: written.tag, ageMs: nowMs - written.atMs };
        written = undefined;
        const given = { nowMs, eventMs, ttlMs, isCreated, expiresAtMs, confirmedNote: confirms };
        const { due: made, noted: after } = dueNote(
          text,
          update({ ...given, userId: isNamed ? 'u' : '' }),
        );
        text = after ?? text;
        // A session of nobody is in no index.
        const due = made?.userId === '' ? undefined : made;
        if (due && !isWritten) continue;
        if (due) {
          entry = { eventMs: due.eventMs, endsAtMs: nowMs + due.ttlMs };
          written = { tag: due.tag, atMs: nowMs };
        }
        if (isNamed) expect(entry).toBeDefined();
        if (!entry) continue;
        expect(latestMs - entry.eventMs).toBeLessThan(NOTE_EVERY_MS);
        expect(entry.endsAtMs).toBeGreaterThanOrEqual(expiresAtMs);
      }
    }),
  );
});
