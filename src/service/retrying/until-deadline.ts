// Retrying through a failover: an operation on the store is tried again until the request's
// deadline. Every operation may be run twice, so an attempt that timed out is no reason to stop.
//
// A caller learns that something failed, or was refused, only when no attempt can take effect any
// more: the store says until when a lost attempt may, and that is the deadline at the latest.

import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../../session/errors.ts';
import { type AttemptLimits, StoreUnavailable } from '../../store/session-store.ts';
import type { Receipt } from '../session-service.ts';
import type { Deadlines } from './deadlines.ts';
import type { RetryBudget } from './retry-budget.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

export type Patience = {
  /** From receipt of the request to its answer. */
  requestDeadlineMs: number;
  nowMonotonicMs: () => number;
  /** In [0, 1): spreads the attempts of many waiting requests. */
  random: () => number;
};

/** The reason of the refusal at the deadline. `outcome_unknown`: for a write under a condition,
 * whose repetition need not do what the first attempt did. */
type Late = 'unavailable' | 'outcome_unknown';

/** What the caller is to do then, unless the operation says something else. */
const ADVICE: Readonly<Record<Late, string>> = {
  unavailable: 'send the request again',
  outcome_unknown:
    'whether the write took effect is unknown: send it again with the same updateId, which is ' +
    'recognised if it was stored, or look at the session',
};

/** The attempts at one request that were lost, in all its operations. */
export type LostAttempts = {
  /** Until when one of them may still take effect, on the clock of `performance.now()`. */
  openUntilMs: number;
};

/** No attempt has been lost yet. */
export function createLostAttempts(): LostAttempts {
  return { openUntilMs: Number.NEGATIVE_INFINITY };
}

export type Waiting<T> = {
  receipt: Receipt;
  patience: Patience;
  /** On the clock of `patience`. */
  deadlines: Deadlines;
  late?: Late;
  advice?: string | undefined;
  /** Of the request, where it has several operations. */
  lost?: LostAttempts;
  /** Whether an answer says that nothing happened. That is not certain while a lost attempt may
   * still take effect: then the store is asked again after it. */
  isRefusal?: ((answer: T) => boolean) | undefined;
  /** Called after each attempt that failed. */
  onFailedAttempt?: (() => void) | undefined;
  /** How long all attempts may take, if that ends before the deadline, because the caller has
   * somewhere else to turn. So a store that is cut off ends them at once. */
  maxMs?: number | undefined;
  /** Bounds how often something that was sent is sent again. Without it: as often as there is time. */
  budget?: RetryBudget | undefined;
};

/** The answer of the first successful attempt. Refuses (`unavailable`, or what `late` says) once
 * the deadline has passed without one, or as soon as the store refuses for a lasting reason;
 * whether an attempt took effect is then unknown, unless the store refused all of them, and none
 * takes effect afterwards. Any other error ends it at once. No attempt is waited for beyond the
 * deadline, since a request may need several operations, each with the store's whole timeout. */
export function untilDeadline<T>(
  attempt: (limits: AttemptLimits) => Promise<T>,
  {
    receipt,
    patience,
    deadlines,
    late = 'unavailable',
    advice = ADVICE[late],
    lost = createLostAttempts(),
    isRefusal,
    onFailedAttempt,
    maxMs,
    budget,
  }: Waiting<T>,
): Promise<T> {
  const requestEndsMs = receipt.monotonicMs + patience.requestDeadlineMs;
  const deadlineMs =
    maxMs === undefined
      ? requestEndsMs
      : Math.min(requestEndsMs, patience.nowMonotonicMs() + maxMs);
  const limits = {
    endsAtMonotonicMs: Math.min(deadlineMs, receipt.endsAtMonotonicMs ?? deadlineMs),
  };
  const leftMs = () => Math.max(0, deadlineMs - patience.nowMonotonicMs());
  const openMs = () => lost.openUntilMs - patience.nowMonotonicMs();
  const once = () => deadlines.waitFor(attempt(limits), deadlineMs, deadlinePassed);
  const isFinal = (answer: T) => openMs() <= 0 || !isRefusal?.(answer);
  let isUnknown = false;
  budget?.began(receipt.monotonicMs);
  // Nearly always the first attempt is the only one.
  return once().then((answer) => (isFinal(answer) ? answer : again(undefined)), again);

  /** All further attempts, after one that failed, or whose answer is not certain. */
  async function again(failure: unknown): Promise<T> {
    let error = failedAttempt(failure);
    let wasSent = false;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      isUnknown ||= error?.refusal === undefined;
      const isOpen = error === undefined;
      wasSent ||= !error?.isUnsent;
      const waitMs = Math.max(isOpen ? openMs() + 1 : 0, pauseMs * (0.5 + patience.random()));
      const isHopeless = error?.refusal?.isLasting || (maxMs !== undefined && error?.isCutOff);
      if (isHopeless || waitMs >= leftMs()) throw await refusalAtEnd(error);
      await pause(waitMs);
      const isPaid = wasSent && (await isAllowed(budget, patience, deadlineMs));
      if (wasSent && !isPaid) throw await refusalAtEnd(error);
      try {
        const answer = await once();
        if (isFinal(answer)) return answer;
        error = undefined;
      } catch (next) {
        error = failedAttempt(next);
        if (isPaid && error?.isUnsent) budget?.giveBack();
      }
    }
  }

  /** Undefined where an attempt was answered. Throws what no other attempt would help. */
  function failedAttempt(failure: unknown): StoreUnavailable | undefined {
    if (failure === undefined) return undefined;
    const error = lostAttempt(failure, lost);
    onFailedAttempt?.();
    return error;
  }

  async function refusalAtEnd(error: StoreUnavailable | undefined): Promise<Refusal> {
    // What may still happen has not failed yet.
    while (openMs() > 0 && leftMs() > 0) await pause(Math.min(openMs(), leftMs()) + 1);
    // Where the store refused every attempt nothing was written.
    if (isUnknown) return refusalFor(error, { late, advice, patience });
    const repeat = late === 'unavailable' ? advice : ADVICE.unavailable;
    return refusalFor(error, { late: 'unavailable', advice: repeat, patience });
  }
}

/** Waits until something may be sent again; false if that is not before the deadline. */
async function isAllowed(
  budget: RetryBudget | undefined,
  { nowMonotonicMs, random }: Patience,
  deadlineMs: number,
): Promise<boolean> {
  while (budget !== undefined && !budget.take(nowMonotonicMs())) {
    const leftMs = deadlineMs - nowMonotonicMs();
    if (leftMs <= 0) return false;
    await pause(Math.min(leftMs, LONGEST_PAUSE_MS * (0.5 + random())));
  }
  return true;
}

/** The failure of an attempt that is lost, noted with the others. Throws any other failure. */
function lostAttempt(failure: unknown, lost: LostAttempts): StoreUnavailable {
  if (!(failure instanceof StoreUnavailable)) throw failure;
  lost.openUntilMs = Math.max(lost.openUntilMs, failure.openUntilMonotonicMs ?? lost.openUntilMs);
  return failure;
}

function deadlinePassed(): StoreUnavailable {
  return new StoreUnavailable('the operation', { reason: 'the deadline of the request passed' });
}

function refusalFor(
  cause: StoreUnavailable | undefined,
  { late, advice, patience }: { late: Late; advice: string; patience: Patience },
): Refusal {
  const isLasting = late === 'unavailable' && cause?.refusal?.isLasting;
  const whatToDo = isLasting ? 'send the request again once that is changed' : advice;
  return new Refusal(late, `${whatHappened(cause, patience)}; ${whatToDo}`, { cause });
}

function whatHappened(
  cause: StoreUnavailable | undefined,
  { requestDeadlineMs }: Patience,
): string {
  const refusal = cause?.refusal;
  if (refusal === undefined)
    return `the session store did not answer within ${requestDeadlineMs} ms`;
  // More follows in the same sentence.
  const text = refusal.text.replace(/\.$/, '');
  if (refusal.isLasting) return `the session store refuses: ${text}`;
  return `the session store refused for ${requestDeadlineMs} ms: ${text}`;
}
