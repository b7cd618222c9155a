// A user's live sessions, newest event first. The index only suggests: a session counts if it is
// live and, as far as it can be read, belongs to the user, so neither an expired entry nor a
// session that another user took over is answered.
//
// A damaged session counts as well, in its place: without it an older session would be answered as
// the newest, or none at all. If its user is lost with the damage, the index entry decides, which
// an update of this user wrote, unless a readable frame names somebody else. Without any such
// frame, nothing of the session's contents is answered.

import type { SessionStore } from '../../store/session-store.ts';
import { loadSession, type ReadSession } from './read-session.ts';
import { mayBeOf } from './restored-session.ts';

/** Index entries read at one time. */
const PAGE = 20;
/** Sessions read at one time. The first is read alone: mostly it is the one that is needed. */
const READ_AT_ONCE = 10;
/** Index entries read at most. Dead ones are pruned as a user's sessions are written, so few come
 * before a live one. */
export const ENTRIES_MAX = 1000;

/** `all`: every entry was read. `bound`: the user has more entries than were read. */
export type Searched = 'all' | 'bound';

/** A user's live sessions as they are read; then how far the index was searched. */
export async function* findByUser(
  store: Pick<SessionStore, 'read' | 'userSessions'>,
  userId: string,
): AsyncGenerator<ReadSession & { eventMs: number }, Searched> {
  for (let offset = 0; ; offset += PAGE) {
    const entries = await store.userSessions(userId, { offset, limit: PAGE });
    if (entries.length > 0 && offset >= ENTRIES_MAX) return 'bound';
    for (let first = 0, count = offset === 0 ? 1 : READ_AT_ONCE; first < entries.length; ) {
      const batch = entries.slice(first, first + count);
      const sessions = await Promise.all(
        batch.map(({ sessionId }) => loadSession(store, sessionId)),
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
