// The field `last_event` of a session, which a later release writes and this one reads, so that both
// may work on one store. It names the state of the session that it was written for, since an older
// version changes the session and leaves the field:
//
//   last_event   <etag> <time of the latest event, unix ms> <user id, may be empty>
//                is valid while the session has that etag
//
// One that is not valid, or cannot be read, is as if it were not there.

import { isInstantMs } from './stored-number.ts';

/** The latest event of a session, and its user then. */
export type LastEvent = { eventMs: number; userId: string };

/** Reads `last_event`; undefined if it is not valid for a session with this etag. */
export function lastEventFrom(text: string, etag: string): LastEvent | undefined {
  const [, writtenFor, eventMs = '', userId = ''] =
    /^([0-9a-f]{20}) (\d{1,15}) (.*)$/s.exec(text) ?? [];
  const isValid = writtenFor === etag && isInstantMs(Number(eventMs));
  return isValid ? { eventMs: Number(eventMs), userId } : undefined;
}
