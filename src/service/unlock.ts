// Unlock: a lock that its holder gives back. Whether it still held it, the store says.

import { checkResolvedId } from '../session/identifier.ts';
import type { LockQueue } from './lock-queue.ts';
import { checkLockToken } from './lock-token.ts';
import { lockLost } from './refusals.ts';
import { releaseLock } from './release-lock.ts';
import type { ServiceParts } from './service-parts.ts';
import type { SessionService } from './session-service.ts';

export function createUnlock(
  parts: ServiceParts,
  { lockQueue }: { lockQueue: LockQueue },
): SessionService['unlock'] {
  return async function unlock({ receipt, sessionId, token }) {
    checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
    checkLockToken(token, { pointer: '/token', required: true });
    const isReleased = await releaseLock(parts, lockQueue, { receipt, sessionId, token });
    parts.observer.lockEnded(isReleased ? 'released' : 'lost');
    if (!isReleased) throw lockLost();
  };
}
