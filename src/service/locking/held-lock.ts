// What the holder of a lock does with it: renewing it and giving it back.

import type { ServiceParts } from '../parts.ts';
import { lockLost } from '../refusals.ts';
import type { HeldLock, Receipt } from '../session-service.ts';
import type { LapseWatch } from './lapse-watch.ts';
import type { LockQueue } from './lock-queue.ts';

/** What this process knows of locks in addition to the store. */
export type LockParts = { lockQueue: LockQueue; lapseWatch: LapseWatch };

/** Keeps a lock for `ttlMs` from now on. Refuses (`lock_lost`) if the token does not hold it. */
export async function renewLock(
  { store, observer }: ServiceParts,
  { lapseWatch }: LockParts,
  { receipt, ...lock }: HeldLock & { receipt: Receipt },
): Promise<HeldLock> {
  const result = await store.within(receipt).lock({ ...lock, renew: true });
  const isHeld = result.status === 'held';
  observer.lockEnded(isHeld ? 'renewed' : 'lost');
  if (isHeld) lapseWatch.held(lock);
  else lapseWatch.ended(lock);
  if (isHeld) return lock;
  if (result.status === 'lost' && result.lapsed) observer.lockLapsed({ sessionId: lock.sessionId });
  throw lockLost();
}

/** Gives a lock back and wakes the next waiter of this process; false if the token did not hold
 * it. */
export async function releaseLock(
  { store, observer }: ServiceParts,
  { lockQueue, lapseWatch }: LockParts,
  { receipt, ...lock }: { receipt: Receipt; sessionId: string; token: string },
): Promise<boolean> {
  const { sessionId } = lock;
  const result = await store.within(receipt).unlock(lock);
  lapseWatch.ended(lock);
  if (result.status === 'lost') {
    if (result.lapsed) observer.lockLapsed({ sessionId });
    return false;
  }
  lockQueue.wake(sessionId);
  return true;
}
