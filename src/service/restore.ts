// Restore: one read of one session; by user, one read of the index before it.

import { invalid, Refusal } from '../session/errors.ts';
import { checkId } from '../session/identifier.ts';
import { findByUser } from './find-by-user.ts';
import { observeRead } from './observe-read.ts';
import { loadSession, type ReadSession } from './read-session.ts';
import { restoredSessionFrom } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { RestoredSession, SessionService } from './session-service.ts';

export function createRestore(parts: ServiceParts): SessionService['restore'] {
  const { settings, observer } = parts;

  return async function restore({ receipt, sessionId, userId }) {
    checkId(sessionId, { pointer: '/sessionId' });
    checkId(userId, { pointer: '/userId' });
    if (!sessionId && !userId) throw invalid('/sessionId', 'sessionId or userId is required');
    if (!sessionId && !settings.restoreByUser) throw byUserIsOff();
    const bySession = sessionId ? await loadSession(parts, { receipt, sessionId }) : undefined;
    if (bySession) return answerOf(bySession);
    if (!userId || !settings.restoreByUser) return undefined;
    for await (const session of findByUser(parts, { receipt, userId })) return answerOf(session);
    return undefined;
  };

  function answerOf(session: ReadSession): RestoredSession {
    observeRead(observer, session);
    return restoredSessionFrom(session, settings);
  }
}

function byUserIsOff(): Refusal {
  return new Refusal(
    'forbidden',
    'restoring by userId is turned off (RESTORE_BY_USER=off): send the sessionId',
  );
}
