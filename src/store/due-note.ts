// When a session is to be noted in its user's index. Each append decides it, from what the session's
// own field `noted` says, so any sidecar knows it without a read, and most updates cost no second
// script. redis/scripts/parts/due_note.lua does the same.
//
//   noted   <checksum> <incarnation> <event> <when> <expiry> <1 or 0> <user id, may be empty>
//
// The event that was noted last, when, and until when the session may live without another note, all
// in unix ms; then whether the user is certain. `when` is 0 until the note is confirmed: the append
// writes the field before its sender can write the index. So a sidecar that dies in between, or
// cannot write the index, leaves a note that is due again with the next update, through any sidecar.
// Once the index has it, the same sender's next append confirms it, by its checksum. Older versions
// see a note from long ago, which is due.
//
// Who erases a session removes its entry after that, and writes it again if the session has been
// begun again meanwhile. Should it die in between, the entry of the new session is missing. So a
// note that was written soon after an erase is not confirmed, and written again.
//
// A field that is damaged, or of another incarnation, says nothing, and the session is noted. So is
// one that an older version has begun. Only then, and once a second user has been named, is the user
// uncertain: the session must be read to learn whose it is.
//
// A note is due with an update that names a user for the first time, or another one; whose event is
// NOTE_EVERY_MS past the noted one; that comes so long after the last note, which a failover may have
// lost, or after a quarter of the session's life if that is shorter; or with which the session would
// outlive its entry. Where nobody has been named yet, no index is written then, and the note needs no
// confirmation: it only says that the session's end is to be noted (SessionStore.noteEnd). The latest
// event of a session is always less than NOTE_EVERY_MS past the time that its entry says. A note that
// is due only because it is not confirmed stays as it is: so each sender that writes it may confirm
// it, also while others do the same.

import { sealOf, validCopyIn } from './seal.ts';
import { isInstantMs } from './stored-number.ts';

/** The longest time from one note of an active session to the next. */
export const NOTE_EVERY_MS = 600_000;

/** How long after an erase its entry may still be removed: the longest deadline of a request. */
const UNINDEXED_WITHIN_MS = 60_000;

/** A session that lives for a short time only is noted more often, by the time that has passed. */
const NOTES_PER_LIFE = 4;

/** What was noted of a session, in this incarnation. */
export type Noted = {
  userId: string;
  isCertain: boolean;
  eventMs: number;
  /** 0 if it is not confirmed. */
  notedAtMs: number;
  expiresAtMs: number;
};

/** What is to be noted of a session now. */
export type DueNote = {
  /** Empty if not known, or, where that is certain, if no user was named. */
  userId: string;
  /** Whether the session is this user's; else it must be read. */
  isCertain: boolean;
  eventMs: number;
  /** How long the entry must live, from the moment of the update. */
  ttlMs: number;
  /** Names the note when it is confirmed. */
  tag: string;
};

/** A note that is in the user's index: its tag, and how long ago it was written, in whole ms. */
export type ConfirmedNote = { tag: string; ageMs: number };

/** An update on its way into a session, and the session after it. */
export type NotedUpdate = {
  userId: string;
  eventMs: number;
  ttlMs: number;
  momentMs: number;
  nowMs: number;
  incarnation: string;
  isCreated: boolean;
  expiresAtMs: number;
  /** A note that its sender has written since; undefined if none. */
  confirmedNote?: ConfirmedNote | undefined;
  /** When the session was last erased, as far as that is remembered. */
  erasedAtMs?: number | undefined;
};

/** How long the session lives at least, from the moment of the update, if none follows. An entry lives
 * longer, by NOTE_EVERY_MS or by a part of the session's life. */
export function leastLifeMs({ ttlMs }: Pick<DueNote, 'ttlMs'>): number {
  return ttlMs - Math.min(NOTE_EVERY_MS, Math.floor(ttlMs / (NOTES_PER_LIFE + 1)));
}

/** Reads `noted`; undefined if it is not valid for a session of this incarnation. */
export function notedFrom(text: string, incarnation: string): Noted | undefined {
  return notedIn(validCopyIn(text), incarnation);
}

/** The same from what is behind its checksum, which fits; undefined if that is. */
export function notedIn(copy: string | undefined, incarnation: string): Noted | undefined {
  const found = /^(\S+) (\d{1,15}) (\d{1,15}) (\d{1,15}) ([01]) (.*)$/s.exec(copy ?? '');
  if (found?.[1] !== incarnation) return undefined;
  const [eventMs = 0, notedAtMs = 0, expiresAtMs = 0] = found.slice(2, 5).map(Number);
  if (![eventMs, notedAtMs, expiresAtMs].every(isInstantMs)) return undefined;
  return { userId: found[6] ?? '', isCertain: found[5] === '1', eventMs, notedAtMs, expiresAtMs };
}

/** What an update makes due, and `noted` from then on; undefined where that does not change. */
export function dueNote(
  text: string,
  update: NotedUpdate,
): { due: DueNote | undefined; noted: string | undefined } {
  const { isCreated, incarnation, nowMs, expiresAtMs } = update;
  const noted = isCreated ? undefined : notedFrom(text, incarnation);
  const everyMs = Math.min(NOTE_EVERY_MS, Math.floor(update.ttlMs / NOTES_PER_LIFE));
  const userId = update.userId || (noted?.userId ?? '');
  const isChanged = noted !== undefined && userId !== noted.userId;
  const isCertain = noted ? noted.isCertain && !(isChanged && noted.userId !== '') : isCreated;
  const isNobodys = userId === '' && isCertain;
  const eventMs = Math.max(0, update.eventMs);
  const latestMs = Math.max(eventMs, noted?.eventMs ?? 0);
  const confirmedAtMs = noted && confirmedAt(text, noted, update);
  const atMs = confirmedAtMs ?? noted?.notedAtMs ?? 0;
  const textOf = (...instants: number[]) =>
    sealOf([incarnation, ...instants, isCertain ? 1 : 0, userId].join(' '));
  const due = (endsAtMs: number, tagged: string): DueNote => ({
    ...{ userId, isCertain, eventMs: latestMs, ttlMs: endsAtMs - update.momentMs },
    tag: tagOf(tagged),
  });
  const isNew =
    noted === undefined ||
    isChanged ||
    eventMs - noted.eventMs >= NOTE_EVERY_MS ||
    (atMs > 0 && Math.abs(nowMs - atMs) >= everyMs) ||
    expiresAtMs > noted.expiresAtMs;
  if (isNew) {
    const endsAtMs = expiresAtMs + everyMs;
    const after = textOf(latestMs, isNobodys ? nowMs : 0, endsAtMs);
    return { due: due(endsAtMs, after), noted: after };
  }
  if (atMs === 0) return { due: due(noted.expiresAtMs, text), noted: undefined };
  if (confirmedAtMs === undefined) return { due: undefined, noted: undefined };
  return { due: undefined, noted: textOf(noted.eventMs, atMs, noted.expiresAtMs) };
}

/** When the note that is stored was written, if it is the one that the update confirms. */
function confirmedAt(
  text: string,
  { notedAtMs }: Noted,
  { nowMs, confirmedNote, erasedAtMs = Number.NEGATIVE_INFINITY }: NotedUpdate,
): number | undefined {
  if (notedAtMs !== 0 || confirmedNote?.tag !== tagOf(text)) return undefined;
  const writtenAtMs = Math.max(1, nowMs - confirmedNote.ageMs);
  return writtenAtMs - erasedAtMs >= UNINDEXED_WITHIN_MS ? writtenAtMs : undefined;
}

/** The checksum in front of `noted`. */
function tagOf(noted: string): string {
  return noted.slice(0, noted.indexOf(' '));
}
