// An append that may meet a lock. It asks the store at once; only if that answers `locked`, and so
// wrote nothing, does it wait in line with the requests for the lock.

import type { AppendResult } from '../../store/session-store.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { LockQueue } from '../locking/lock-queue.ts';
import type { ServiceParts } from '../parts.ts';
import { locked } from '../refusals.ts';
import type { StoreWithin } from '../retrying/retrying-store.ts';
import { type AppendedUpdate, appendWithinLimit, type Fitting } from './append-within-limit.ts';

export type Unlocked = Exclude<Fitting, { status: 'locked' }>;
export type AppendWhenUnlocked = (store: StoreWithin, update: AppendedUpdate) => Promise<Unlocked>;

/** Appends as `appendWithinLimit` does. Refuses (`locked`) if the lock was held for as long as an
 * update may wait, or until the request's deadline, and (`overloaded`) if too many wait. */
export function createAppendWhenUnlocked(
  parts: ServiceParts,
  { compactor, lockQueue }: { compactor: Compactor; lockQueue: LockQueue },
): AppendWhenUnlocked {
  const { settings, patience, observer } = parts;

  return (store, update) =>
    appendWithinLimit({ store, compactor, settings }, update).then((first) =>
      first.status === 'locked' ? appendInLine(store, update, first) : first,
    );

  async function appendInLine(
    store: StoreWithin,
    update: AppendedUpdate,
    met: AppendResult & { status: 'locked' },
  ): Promise<Unlocked> {
    const metAtMs = patience.nowMonotonicMs();
    let heldUntilMs = metAtMs + met.remainingMs;
    observer.lockContended();
    try {
      const untilMs = Math.min(metAtMs + settings.lockWaitMs, store.deadlineMs);
      const appended = await lockQueue.wait(update.sessionId, { ask, hasAsked: true, untilMs });
      if (appended) return appended;
    } finally {
      observer.lockWaited((patience.nowMonotonicMs() - metAtMs) / 1000);
    }
    throw locked(heldUntilMs - patience.nowMonotonicMs());

    async function ask(): Promise<Unlocked | undefined> {
      const result = await appendWithinLimit({ store, compactor, settings }, update);
      if (result.status !== 'locked') return result;
      heldUntilMs = patience.nowMonotonicMs() + result.remainingMs;
      return undefined;
    }
  }
}
