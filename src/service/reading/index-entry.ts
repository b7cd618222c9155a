import { eventMsOf } from '../../session/stamp.ts';
import { NOTE_EVERY_MS } from '../../store/due-note.ts';
import type { UserSession } from '../../store/session-store.ts';
import type { ReadSession } from './read-session.ts';

/** The entry in a user's index for a session that was read: it lives longer than the session will
 * until its next note. */
export function indexEntryOf(
  { stored, state }: ReadSession,
  entry: Pick<UserSession, 'userId' | 'receivedAtMonotonicMs' | 'earliestMonotonicMs'>,
): UserSession {
  return {
    ...entry,
    sessionId: state.sessionId,
    eventMs: eventMsOf(state.updates.at(-1)?.stamp),
    ttlMs: stored.expiresAtMs - stored.nowMs + NOTE_EVERY_MS,
  };
}
