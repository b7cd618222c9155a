// Unlock: a lock that its holder gives back. Whether it still held it, the store says.

import { checkResolvedId } from '../session/identifier.ts';
import { checkLockToken } from './lock-token.ts';
import { type LockParts, releaseLock } from './locking/release-lock.ts';
import type { ServiceParts } from './parts.ts';
import { lockLost } from './refusals.ts';
import type { SessionService } from './session-service.ts';

export function createUnlock(parts: ServiceParts, lockParts: LockParts): SessionService['unlock'] {
  return async function unlock({ receipt, sessionId, token }) {
    checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
    checkLockToken(token, { pointer: '/token', required: true });
    const isReleased = await releaseLock(parts, lockParts, { receipt, sessionId, token });
    parts.observer.lockEnded(isReleased ? 'released' : 'lost');
    if (!isReleased) throw lockLost();
  };
}
