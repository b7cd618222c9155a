import { eventMsOf } from '../../session/stamp.ts';
import type { UserSession } from '../../store/session-store.ts';
import type { ReadSession } from './read-session.ts';

/** What a user's index is to be told of a session that was read: to be found for as long as it
 * would live. */
export function indexEntryOf(
  { stored, state }: ReadSession,
  { userId, receivedAtMonotonicMs }: Pick<UserSession, 'userId' | 'receivedAtMonotonicMs'>,
): UserSession {
  return {
    userId,
    sessionId: state.sessionId,
    eventMs: eventMsOf(state.updates.at(-1)?.stamp),
    receivedAtMonotonicMs,
    ttlMs: stored.expiresAtMs - stored.nowMs,
  };
}
