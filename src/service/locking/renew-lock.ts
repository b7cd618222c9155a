import type { ServiceParts } from '../parts.ts';
import { lockLost } from '../refusals.ts';
import type { HeldLock, Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';
import type { LapseWatch } from './lapse-watch.ts';

/** Keeps a lock that is held, for `ttlMs` from now on. Refuses (`lock_lost`) if the token does
 * not hold it. */
export async function renewLock(
  { store, patience, observer }: ServiceParts,
  lapseWatch: LapseWatch,
  { receipt, ...lock }: HeldLock & { receipt: Receipt },
): Promise<HeldLock> {
  const result = await untilDeadline((limits) => store.lock({ ...lock, renew: true }, limits), {
    ...{ receipt, patience },
    isRefusal: ({ status }) => status !== 'held',
  });
  const isHeld = result.status === 'held';
  observer.lockEnded(isHeld ? 'renewed' : 'lost');
  if (isHeld) lapseWatch.held(lock);
  else lapseWatch.ended(lock);
  if (isHeld) return lock;
  if (result.status === 'lost' && result.lapsed) observer.lockLapsed({ sessionId: lock.sessionId });
  throw lockLost();
}
