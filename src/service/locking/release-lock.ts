import type { ServiceParts } from '../parts.ts';
import type { Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';
import type { LapseWatch } from './lapse-watch.ts';
import type { LockQueue } from './lock-queue.ts';

/** What this process knows of locks beside the store. */
export type LockParts = { lockQueue: LockQueue; lapseWatch: LapseWatch };

/** Gives a lock back and lets the next waiter of this process know; false if the token did not
 * hold it. */
export async function releaseLock(
  { store, patience, observer }: ServiceParts,
  { lockQueue, lapseWatch }: LockParts,
  { receipt, ...lock }: { receipt: Receipt; sessionId: string; token: string },
): Promise<boolean> {
  const { sessionId } = lock;
  const result = await untilDeadline((limits) => store.unlock(lock, limits), { receipt, patience });
  lapseWatch.ended(lock);
  if (result.status === 'lost') {
    if (result.lapsed) observer.lockLapsed({ sessionId });
    return false;
  }
  lockQueue.wake(sessionId);
  return true;
}
