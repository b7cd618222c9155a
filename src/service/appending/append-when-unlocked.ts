// An append that may meet a lock. Without a lock nobody waits: it asks the store at once, and only
// where that answered `locked`, and so wrote nothing, does it stand in line with those who want the
// lock.

import type { AppendResult } from '../../store/session-store.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { LockQueue } from '../locking/lock-queue.ts';
import type { ServiceParts } from '../parts.ts';
import { locked } from '../refusals.ts';
import { type AppendedUpdate, appendWithinLimit, type Fitting } from './append-within-limit.ts';

export type Unlocked = Exclude<Fitting, { status: 'locked' }>;
export type AppendWhenUnlocked = (update: AppendedUpdate) => Promise<Unlocked>;

/** Appends as `appendWithinLimit` does. Refuses (`locked`) if the lock stood for as long as an
 * update may wait, or until the request's deadline, and (`overloaded`) if too many wait. */
export function createAppendWhenUnlocked(
  parts: ServiceParts,
  { compactor, lockQueue }: { compactor: Compactor; lockQueue: LockQueue },
): AppendWhenUnlocked {
  const { settings, patience, observer } = parts;

  return async function appendWhenUnlocked(update) {
    const first = await appendWithinLimit(parts, compactor, update);
    return first.status === 'locked' ? appendInLine(update, first) : first;
  };

  async function appendInLine(
    update: AppendedUpdate,
    met: AppendResult & { status: 'locked' },
  ): Promise<Unlocked> {
    const metAtMs = patience.nowMonotonicMs();
    let heldUntilMs = metAtMs + met.remainingMs;
    observer.lockContended();
    try {
      const deadlineMs = update.receipt.monotonicMs + patience.requestDeadlineMs;
      const untilMs = Math.min(metAtMs + settings.lockWaitMs, deadlineMs);
      const appended = await lockQueue.wait(update.sessionId, { ask, hasAsked: true, untilMs });
      if (appended) return appended;
    } finally {
      observer.lockWaited((patience.nowMonotonicMs() - metAtMs) / 1000);
    }
    throw locked(heldUntilMs - patience.nowMonotonicMs());

    async function ask(): Promise<Unlocked | undefined> {
      const result = await appendWithinLimit(parts, compactor, update);
      if (result.status !== 'locked') return result;
      heldUntilMs = patience.nowMonotonicMs() + result.remainingMs;
      return undefined;
    }
  }
}
