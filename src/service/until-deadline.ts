// Riding out a failover: an operation on the store is tried again until the request's deadline. Every
// operation of the store may be run twice, so an attempt that timed out is no reason to stop.

import { setTimeout as pause } from 'node:timers/promises';
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

/** What is refused with where the time runs out. `outcome_unknown`: for a write whose repetition need not do
 * what the first one did, since it holds only under a condition. */
type Late = 'unavailable' | 'outcome_unknown';

/** What a caller is to do then, unless the operation knows better. */
const ADVICE: Readonly<Record<Late, string>> = {
  unavailable: 'send the request again',
  outcome_unknown:
    'whether the write took effect is unknown: send it again with the same updateId, which is recognised ' +
    'if it was stored, or look at the session',
};

type Waiting = { receipt: Receipt; patience: Patience; late?: Late; advice?: string };

/**
 * What the first successful attempt gives. Refuses (`unavailable`, or what `late` says) once the deadline has
 * passed without one, or at once if the store refuses for a reason that lasts; whether an attempt took effect is
 * then unknown, unless the store refused all of them. Any other error ends it at once. No attempt is waited for
 * beyond the deadline: a request may need several operations, each with the store's whole timeout to itself.
 */
export async function untilDeadline<T>(
  attempt: () => Promise<T>,
  { receipt, patience, late = 'unavailable', advice = ADVICE[late] }: Waiting,
): Promise<T> {
  const deadlineMs = receipt.monotonicMs + patience.requestDeadlineMs;
  const leftMs = () => Math.max(0, deadlineMs - patience.nowMonotonicMs());
  let isUnknown = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const attempted = await attemptedBy(within(leftMs(), attempt()));
    if (attempted.error === undefined) return attempted.value;
    isUnknown ||= attempted.error.refusal === undefined;
    const waitMs = pauseMs * (0.5 + patience.random());
    if (attempted.error.refusal?.isLasting || waitMs >= leftMs()) {
      // Where the store refused every attempt nothing was written.
      if (isUnknown) throw refusalFor(attempted.error, { late, advice, patience });
      const repeat = late === 'unavailable' ? advice : ADVICE.unavailable;
      throw refusalFor(attempted.error, { late: 'unavailable', advice: repeat, patience });
    }
    await pause(waitMs);
  }
}

type Attempted<T> = { error: StoreUnavailable } | { error?: undefined; value: T };

async function attemptedBy<T>(attempt: Promise<T>): Promise<Attempted<T>> {
  try {
    return { value: await attempt };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { error };
    throw error;
  }
}

async function within<T>(leftMs: number, attempt: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const refuse = () =>
    late.reject(new StoreUnavailable('the operation', { reason: 'the deadline of the request passed' }));
  const timer = setTimeout(refuse, leftMs);
  try {
    return await Promise.race([attempt, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function refusalFor(
  cause: StoreUnavailable,
  { late, advice, patience }: Required<Omit<Waiting, 'receipt'>>,
): Refusal {
  const isLasting = late === 'unavailable' && cause.refusal?.isLasting;
  const whatToDo = isLasting ? 'send the request again once that is changed' : advice;
  return new Refusal(late, `${whatHappened(cause, patience)}; ${whatToDo}`, { cause });
}

function whatHappened({ refusal }: StoreUnavailable, { requestDeadlineMs }: Patience): string {
  if (refusal === undefined) return `the session store did not answer within ${requestDeadlineMs} ms`;
  if (refusal.isLasting) return `the session store refuses: ${refusal.text}`;
  return `the session store refused for ${requestDeadlineMs} ms: ${refusal.text}`;
}
