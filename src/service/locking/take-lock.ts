// Taking a lock: asking for it, waiting in line while somebody else holds it, and leaving nothing
// behind when it comes too late. The token is made before the first attempt and is the same in
// each, so an attempt whose answer was lost holds the lock for the next one. Where the caller does
// not learn of the lock, because it has gone or the store did not answer in time, the lock is given
// back: else it would be held until it runs out.

import type { LockResult } from '../../store/session-store.ts';
import { createLockToken } from '../conditions.ts';
import type { ServiceParts } from '../parts.ts';
import { locked } from '../refusals.ts';
import { createLostAttempts } from '../retrying/until-deadline.ts';
import type { HeldLock, Receipt } from '../session-service.ts';
import { type LockParts, releaseLock } from './held-lock.ts';

type Taking = {
  receipt: Receipt;
  sessionId: string;
  ttlMs: number;
  waitMs: number;
  signal: AbortSignal;
};
type Held = LockResult & { status: 'held' };

/**
 * Takes a session's lock. Refuses (`locked`) if somebody else held it until `waitMs` after receipt,
 * and (`overloaded`) if too many wait. The request's deadline counts from when waiting ends.
 */
export async function takeLock(
  parts: ServiceParts,
  lockParts: LockParts,
  { receipt, sessionId, ttlMs, waitMs, signal }: Taking,
): Promise<HeldLock> {
  const { store, patience, observer } = parts;
  const { lockQueue, lapseWatch } = lockParts;
  const lock = { sessionId, ttlMs, token: createLockToken() };
  const startedMs = patience.nowMonotonicMs();
  let hasAsked = false;
  let hasMet = false;
  let heldUntilMs: number | undefined;
  let held: Held | undefined;
  const lost = createLostAttempts();
  const untilMs = receipt.monotonicMs + waitMs;
  const isOpen = () => lost.openUntilMs > patience.nowMonotonicMs();

  try {
    if (lockQueue.hasWaiters(sessionId)) meet();
    held = await lockQueue.wait(sessionId, { ask, hasAsked: false, untilMs, signal });
    // One that was never first has no evidence yet that the lock is held; one that lost an attempt
    // may hold it.
    if (held === undefined && (!hasAsked || isOpen()) && !signal.aborted) held = await ask();
  } catch (error) {
    if (hasAsked) void giveBack();
    throw error;
  }
  if (held && !signal.aborted) return taken(held);
  if (held || isOpen()) await giveBack();
  observer.lockEnded('timed_out');
  throw locked(heldUntilMs === undefined ? undefined : heldUntilMs - patience.nowMonotonicMs());

  async function ask(): Promise<Held | undefined> {
    hasAsked = true;
    const asksAgain = () => patience.nowMonotonicMs() < untilMs;
    const asked = store.within(hasMet ? receivedNow() : receipt, { lost, asksAgain });
    const result = await asked.lock({ ...lock, renew: false });
    if (result.status === 'held') return result;
    if (result.status === 'busy') heldUntilMs = patience.nowMonotonicMs() + result.remainingMs;
    meet();
    return undefined;
  }

  function meet(): void {
    if (!hasMet) observer.lockContended();
    hasMet = true;
  }

  function taken({ lapsed }: Held): HeldLock {
    observer.lockWaited(hasMet ? (patience.nowMonotonicMs() - startedMs) / 1000 : 0);
    observer.lockEnded('acquired');
    lapseWatch.held(lock);
    if (lapsed) observer.lockLapsed({ sessionId });
    return lock;
  }

  /** Best effort, whether anybody still waits or not: what cannot be given back runs out. */
  async function giveBack(): Promise<void> {
    const { endsAtMonotonicMs: _, ...endless } = receivedNow();
    await releaseLock(parts, lockParts, { ...lock, receipt: endless }).catch(() => {});
  }

  function receivedNow(): Receipt {
    return { ...receipt, monotonicMs: patience.nowMonotonicMs() };
  }
}
