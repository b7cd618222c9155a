// Fields of a session that a later release writes and this one reads, so that both may work on one
// store. Each names the state of the session that it was written for, since an older version
// changes the session and leaves the field:
//
//   last_event   <etag> <time of the latest event, unix ms> <user id, may be empty>
//                holds while the session has that etag
//   noted        <incarnation> <event, unix ms> <when, unix ms> <expiry, unix ms> <user id>
//                what was last written to the user's index, and when; holds within that incarnation
//
// A field that does not hold, or cannot be read, counts as missing.

import { isInstantMs } from './stored-number.ts';

/** The latest event of a session, and its user then. */
export type LastEvent = { eventMs: number; userId: string };

/** What was written to a user's index about a session. */
export type Noted = { userId: string; eventMs: number; notedAtMs: number; expiresAtMs: number };

/** Reads `last_event`; undefined if it does not hold for a session with this etag. */
export function lastEventFrom(text: string, etag: string): LastEvent | undefined {
  const [, writtenFor, eventMs, userId = ''] = /^([0-9a-f]{20}) (\d{1,15}) (.*)$/s.exec(text) ?? [];
  const [instantMs] = instantsFrom([eventMs]);
  return instantMs !== undefined && writtenFor === etag
    ? { eventMs: instantMs, userId }
    : undefined;
}

/** Reads `noted`; undefined if it does not hold for a session of this incarnation. */
export function notedFrom(text: string, incarnation: string): Noted | undefined {
  const found = /^([0-9a-f]+) (\d{1,15}) (\d{1,15}) (\d{1,15}) (.+)$/s.exec(text);
  if (found?.[1] !== incarnation) return undefined;
  const [eventMs, notedAtMs, expiresAtMs] = instantsFrom(found.slice(2, 5));
  if (eventMs === undefined || notedAtMs === undefined || expiresAtMs === undefined)
    return undefined;
  return { userId: found[5] ?? '', eventMs, notedAtMs, expiresAtMs };
}

function instantsFrom(texts: (string | undefined)[]): (number | undefined)[] {
  return texts.map((text) =>
    text !== undefined && isInstantMs(Number(text)) ? Number(text) : undefined,
  );
}
