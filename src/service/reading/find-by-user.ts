// A user's live sessions, newest event first. The index only suggests: a session counts if it is
// live and is the user's as far as it can be read, so neither an expired entry nor a session that
// changed hands is answered.
//
// A damaged session counts as well, in its place. Passing over it would answer an older session as
// the newest, or say that there is none. If its user is lost with the damage, the index entry is
// believed, which an update of this user wrote, unless a readable frame names somebody else. Without
// any such frame, nothing of the session's contents is answered.

import type { ServiceParts } from '../parts.ts';
import type { Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';
import { loadSession, type ReadSession } from './read-session.ts';
import { mayBeOf } from './restored-session.ts';

/** Index entries read at one time. */
const PAGE = 20;
/** Sessions read at one time. The first is mostly the one that is looked for, so it is read
 * alone. */
const READ_AT_ONCE = 10;
/** Index entries looked at. Dead ones are pruned as a user's sessions are written, so few stand
 * before a live one. */
export const ENTRIES_MAX = 1000;

/** `all`: there are no others. `bound`: there may be more behind the entries that were looked at. */
export type Looked = 'all' | 'bound';

/** A user's live sessions as they are read; then how far was looked. Refuses (`unavailable`) once
 * the request's deadline has passed. */
export async function* findByUser(
  parts: Pick<ServiceParts, 'store' | 'patience'>,
  { receipt, userId }: { receipt: Receipt; userId: string },
): AsyncGenerator<ReadSession & { eventMs: number }, Looked> {
  const { store, patience } = parts;
  for (let offset = 0; ; offset += PAGE) {
    const page = { offset, limit: PAGE };
    const entries = await untilDeadline(() => store.userSessions(userId, page), {
      receipt,
      patience,
    });
    if (entries.length > 0 && offset >= ENTRIES_MAX) return 'bound';
    for (let first = 0, count = offset === 0 ? 1 : READ_AT_ONCE; first < entries.length; ) {
      const batch = entries.slice(first, first + count);
      const sessions = await Promise.all(
        batch.map(({ sessionId }) => loadSession(parts, { receipt, sessionId })),
      );
      for (const [place, session] of sessions.entries()) {
        const eventMs = batch[place]?.eventMs ?? 0;
        if (session && mayBeOf(session, userId)) yield { ...session, eventMs };
      }
      first += count;
      count = READ_AT_ONCE;
    }
    if (entries.length < PAGE) return 'all';
  }
}
