// When a session is to be noted in its user's index. Each append decides it, from what the session's
// own field `noted` says, so any sidecar knows it without a read, and most updates cost no second
// script. redis/scripts/parts/due_note.lua does the same.
//
//   noted   <checksum> <incarnation> <event> <when> <expiry> <1 or 0> <user id, may be empty>
//
// The event that was noted last, when, and until when the session may live without another note, all
// in unix ms; then whether the user is certain. A field that is damaged, or of another incarnation,
// says nothing, and the session is noted. So is one that an older version has begun. Only then, and
// once a second user has been named, is the user uncertain: the session must be read to learn whose
// it is.
//
// A note is due with an update that names a user for the first time, or another one; whose event is
// NOTE_EVERY_MS past the noted one; that comes so long after the last note, which a failover may have
// lost, or after a quarter of the session's life if that is shorter; or with which the session would
// outlive its entry. Where nobody has been named yet, only the field is written then. So the latest
// event of a session is always less than NOTE_EVERY_MS past the time that its entry says.

import { sealOf, validCopyIn } from './seal.ts';
import { isInstantMs } from './stored-number.ts';

/** The longest time from one note of an active session to the next. */
export const NOTE_EVERY_MS = 600_000;

/** A session that lives for a short time only is noted more often, by the time that has passed. */
const NOTES_PER_LIFE = 4;

/** What was noted of a session, in this incarnation. */
export type Noted = {
  userId: string;
  isCertain: boolean;
  eventMs: number;
  notedAtMs: number;
  expiresAtMs: number;
};

/** What is to be noted of a session now. */
export type DueNote = {
  /** Empty if not known. */
  userId: string;
  /** Whether the session is this user's; else it must be read. */
  isCertain: boolean;
  eventMs: number;
  /** How long the entry must live, from the moment of the update. */
  ttlMs: number;
};

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
};

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

/** What an update makes due, and `noted` from then on; both undefined where they do not change. */
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
  const isTime =
    noted === undefined ||
    eventMs - noted.eventMs >= NOTE_EVERY_MS ||
    Math.abs(nowMs - noted.notedAtMs) >= everyMs ||
    expiresAtMs > noted.expiresAtMs;
  if (noted && !(isChanged || isTime)) return { due: undefined, noted: undefined };
  const latestMs = Math.max(eventMs, noted?.eventMs ?? 0);
  const instants = [latestMs, nowMs, expiresAtMs + everyMs].join(' ');
  const ttlMs = expiresAtMs - update.momentMs + everyMs;
  return {
    due: isNobodys ? undefined : { userId, isCertain, eventMs: latestMs, ttlMs },
    noted: sealOf([incarnation, instants, isCertain ? 1 : 0, userId].join(' ')),
  };
}
