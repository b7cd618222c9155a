// Erase: the session is read, to learn which users' indexes name it, and then erased, whatever was
// found.

import { checkId, checkResolvedId } from '../session/identifier.ts';
import { createEraseId } from '../session/update-id.ts';
import { ANY_SESSION, ifMatchFrom } from './conditions.ts';
import type { EraseSession } from './erasing/erase-session.ts';
import type { ServiceParts } from './parts.ts';
import { loadSession } from './reading/read-session.ts';
import { conflict } from './refusals.ts';
import type { SessionService } from './session-service.ts';

export function createErase(
  parts: ServiceParts,
  { eraseSession }: { eraseSession: EraseSession },
): SessionService['erase'] {
  return async function erase({ receipt, sessionId, updateId, ifMatch }) {
    checkId(sessionId, { pointer: '/sessionId', required: true });
    checkResolvedId(updateId, { pointer: '/updateId' });
    const condition = ifMatchFrom(ifMatch);
    const eraseId = createEraseId({ sessionId, updateId }, parts.updateIdKeys?.());
    const session = await loadSession(parts.store.within(receipt), sessionId);
    const isForAny = condition === ANY_SESSION;
    if (isForAny && !session) throw conflict({ etag: '', revision: 0 }, condition);
    // Whatever was written since the session was read is erased with it.
    return eraseSession({
      receipt,
      sessionId,
      session,
      eraseId,
      ifMatch: isForAny ? '' : condition,
    });
  };
}
