// Restore: one read of one session; by user, one read of the index, and then of the few sessions
// that may be the newest.

import { invalid, Refusal } from '../session/errors.ts';
import { checkResolvedId } from '../session/identifier.ts';
import type { Compactor } from './compacting/compactor.ts';
import type { ServiceParts } from './parts.ts';
import { ENTRIES_MAX, findByUser } from './reading/find-by-user.ts';
import { type ReadSession, reportRead } from './reading/read-session.ts';
import { restoredSessionFrom } from './reading/restored-session.ts';
import type { SessionReading } from './reading/session-reading.ts';
import { checkRevision } from './reading/view-at.ts';
import type { RestoredSession, RestoreQuery, SessionService } from './session-service.ts';

export function createRestore(
  parts: ServiceParts,
  { compactor, reading }: { compactor: Compactor; reading: SessionReading },
): SessionService['restore'] {
  const { settings, observer } = parts;

  return async function restore(query) {
    check(query);
    const { sessionId, userId, revision } = query;
    const { caller } = query.receipt;
    const store = parts.store.within(query.receipt);
    const bySession = sessionId ? await reading.load(store, sessionId, revision) : undefined;
    if (bySession) return answerOf(bySession);
    // The revision is one of the named session, not of the user's newest.
    if (!userId || !settings.restoreByUser || revision > 0) return undefined;
    const { sessions, isComplete } = await findByUser(store, userId, { count: 1, reading, caller });
    const [newest] = sessions;
    if (!newest && !isComplete) throw tooManyEntries();
    return newest && answerOf(newest);
  };

  function check({ sessionId, userId, revision }: RestoreQuery): void {
    checkResolvedId(sessionId, { pointer: '/sessionId' });
    checkResolvedId(userId, { pointer: '/userId' });
    checkRevision(revision);
    if (!sessionId && !userId) throw invalid('/sessionId', 'sessionId or userId is required');
    if (!sessionId && revision > 0)
      throw invalid('/revision', 'an earlier revision needs a sessionId');
    if (!sessionId && !settings.restoreByUser) throw byUserIsOff();
  }

  function answerOf(session: ReadSession): RestoredSession {
    reportRead(observer, session);
    compactor.sessionRead(session);
    return restoredSessionFrom(session, parts);
  }
}

/** A live session may come after these entries, so the answer is not that there is none. */
function tooManyEntries(): Refusal {
  return new Refusal(
    'unavailable',
    `the latest ${ENTRIES_MAX} sessions in the user's index have ended or belong to another user ` +
      'now, and more were not looked at: send the sessionId',
  );
}

function byUserIsOff(): Refusal {
  return new Refusal(
    'forbidden',
    'restoring by userId is turned off (RESTORE_BY_USER=off): send the sessionId',
  );
}
