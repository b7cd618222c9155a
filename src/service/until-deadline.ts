// Riding out a failover: an operation on the store is tried again until the request's deadline. Every
// operation of the store may be run twice, so an attempt that timed out is no reason to stop.

import { Refusal } from '../session/errors.ts';
import { StoreUnavailable } from '../store/session-store.ts';
import type { Receipt } from './session-service.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

export type Patience = {
  /** From receipt of the request to its answer. */
  requestDeadlineMs: number;
  nowMonotonicMs: () => number;
  /** In [0, 1): spreads the attempts of many waiting requests. */
  random: () => number;
};

/**
 * What the first successful attempt gives. Refuses (`unavailable`) once the deadline has passed without one;
 * whether an attempt took effect is then unknown. Any other error ends it at once.
 */
export async function untilDeadline<T>(
  attempt: () => Promise<T>,
  { receipt, patience }: { receipt: Receipt; patience: Patience },
): Promise<T> {
  const deadlineMs = receipt.monotonicMs + patience.requestDeadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const waitMs = pauseMs * (0.5 + patience.random());
      if (patience.nowMonotonicMs() + waitMs >= deadlineMs) throw unavailable(error, patience);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function unavailable(cause: StoreUnavailable, { requestDeadlineMs }: Patience): Refusal {
  return new Refusal(
    'unavailable',
    `the session store did not answer within ${requestDeadlineMs} ms; try again, a write that was stored is recognised`,
    { cause },
  );
}
