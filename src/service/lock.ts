// Lock and Unlock: taking a session's lock, renewing it, giving it back. The store alone decides
// who holds it, by its own clock.

import { invalid } from '../session/errors.ts';
import { checkResolvedId } from '../session/identifier.ts';
import { LOCK_TTL_MAX_MS, LOCK_TTL_MIN_MS, LOCK_WAIT_MAX_MS } from '../session/limits.ts';
import { checkLockToken } from './conditions.ts';
import { type LockParts, releaseLock, renewLock } from './locking/held-lock.ts';
import { takeLock } from './locking/take-lock.ts';
import type { ServiceParts } from './parts.ts';
import { lockLost } from './refusals.ts';
import type { LockCommand, SessionService } from './session-service.ts';

export function createLock(parts: ServiceParts, lockParts: LockParts): SessionService['lock'] {
  const { settings } = parts;

  return async function lock(command) {
    const { receipt, sessionId, token, signal } = command;
    const { ttlMs, waitMs } = checkLock(command);
    if (token) return renewLock(parts, lockParts, { receipt, sessionId, token, ttlMs });
    return takeLock(parts, lockParts, { receipt, sessionId, ttlMs, waitMs, signal });
  };

  function checkLock({ sessionId, token, ttlMs, waitMs = settings.lockWaitMs }: LockCommand) {
    checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
    checkLockToken(token, { pointer: '/token' });
    const askedTtlMs = ttlMs || settings.lockTtlMs;
    checkRange('ttlMs', askedTtlMs, { min: LOCK_TTL_MIN_MS, max: LOCK_TTL_MAX_MS });
    checkRange('waitMs', waitMs, { min: 0, max: LOCK_WAIT_MAX_MS });
    return { ttlMs: askedTtlMs, waitMs };
  }
}

export function createUnlock(parts: ServiceParts, lockParts: LockParts): SessionService['unlock'] {
  return async function unlock({ receipt, sessionId, token }) {
    checkResolvedId(sessionId, { pointer: '/sessionId', required: true });
    checkLockToken(token, { pointer: '/token', required: true });
    const isReleased = await releaseLock(parts, lockParts, { receipt, sessionId, token });
    parts.observer.lockEnded(isReleased ? 'released' : 'lost');
    if (!isReleased) throw lockLost();
  };
}

function checkRange(
  name: string,
  valueMs: number,
  { min, max }: { min: number; max: number },
): void {
  if (Number.isSafeInteger(valueMs) && valueMs >= min && valueMs <= max) return;
  throw invalid(
    `/${name}`,
    `${name} is ${valueMs}, it must be a whole number from ${min} to ${max}`,
  );
}
