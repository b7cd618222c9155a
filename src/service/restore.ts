// Restore: one read of one session; by user, one read of the index before it.

import { invalid, Refusal } from '../session/errors.ts';
import { checkId } from '../session/identifier.ts';
import { findByUser } from './find-by-user.ts';
import { observeRead } from './observe-read.ts';
import { readSession } from './read-session.ts';
import { restoredSessionFrom } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Receipt, RestoredSession, SessionService } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';

export function createRestore(parts: ServiceParts): SessionService['restore'] {
  const { store, settings, patience, observer } = parts;

  return async function restore({ receipt, sessionId, userId }) {
    checkId(sessionId, { pointer: '/sessionId' });
    checkId(userId, { pointer: '/userId' });
    if (!sessionId && !userId) throw invalid('/sessionId', 'sessionId or userId is required');
    if (!sessionId && !settings.restoreByUser) throw byUserIsOff();
    const bySession = sessionId ? await restoreSession(sessionId, receipt) : undefined;
    if (bySession || !userId || !settings.restoreByUser) return bySession;
    for await (const session of findByUser(parts, { receipt, userId })) {
      observeRead(observer, session);
      return restoredSessionFrom(session, settings);
    }
    return undefined;
  };

  async function restoreSession(sessionId: string, receipt: Receipt): Promise<RestoredSession | undefined> {
    const stored = await untilDeadline(() => store.read(sessionId), { receipt, patience });
    if (!stored) return undefined;
    const session = readSession(sessionId, stored);
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
