// The store as the use cases work with it: what they ask of it for a request is tried again until
// the deadline of that request. Every operation of a store may be repeated; the table says how each
// of them differs.

import type { AttemptLimits, SessionStore } from '../../store/session-store.ts';
import type { Receipt } from '../session-service.ts';
import { createDeadlines } from './deadlines.ts';
import { createRetryBudget } from './retry-budget.ts';
import {
  createLostAttempts,
  type LostAttempts,
  type Patience,
  untilDeadline,
  type Waiting,
} from './until-deadline.ts';

type Operation = Exclude<
  keyof SessionStore,
  | ('compact' | 'quarantine' | 'unseal' | 'noteEnd' | 'watch' | 'ping' | 'close')
  | ('momentOf' | 'shardOfSession' | 'shardOfUser')
>;

/** A store whose operations are tried again until one deadline. */
export type StoreWithin = Pick<SessionStore, Operation> & {
  /** On the clock of `performance.now()`. */
  deadlineMs: number;
  /** Waits until the same deadline for work that an update depends on. */
  waitFor<Answer>(work: Promise<Answer>): Promise<Answer>;
};

export type RetryingStore = {
  /** The store until the deadline of a request. Refuses (`unavailable`, `outcome_unknown`) as
   * `untilDeadline` does. */
  within(receipt: Receipt, options?: RetryOptions): StoreWithin;
  /** The store itself: one attempt, for background work that has other ways to start over. */
  once: SessionStore;
};

export type RetryOptions = {
  /** Attempts at the same thing that were lost before, until another deadline. */
  lost?: LostAttempts;
  /** Whether the caller asks again after a refusal, which then need not be certain. */
  asksAgain?: () => boolean;
  /** Called after each attempt that failed. */
  onFailedAttempt?: () => void;
  /** How long the attempts at an append may take, if that ends before the deadline. */
  appendMaxMs?: number | undefined;
};

type Policy<Request, Answer> = {
  /** Whether the request holds only under a condition. A repetition need not do what the first
   * attempt did then, so at the deadline the outcome is unknown. */
  isConditional?: (request: Request) => boolean;
  /** Whether an answer says that nothing happened, which is not certain while a lost attempt may
   * still take effect. */
  isRefusal?: (answer: Answer) => boolean;
  /** What the caller is to do at the deadline, where that is not to send the request again. */
  advice?: string;
};

const SEND_UPDATE_AGAIN =
  'send the update again: one with an updateId, inputId or execution is recognised ' +
  'if it was stored';

const POLICIES: {
  [Name in Operation]: Policy<Asked<Name>, Awaited<ReturnType<SessionStore[Name]>>>;
} = {
  append: {
    isConditional: ({ lockToken, ifMatch }) => lockToken !== '' || ifMatch !== '',
    isRefusal: ({ status }) => status !== 'stored' && status !== 'known',
    advice: SEND_UPDATE_AGAIN,
  },
  erase: {
    isConditional: ({ ifMatch }) => ifMatch !== '',
    isRefusal: ({ status }) => status === 'conflict',
  },
  lock: { isRefusal: ({ status }) => status !== 'held' },
  // No conditions, and every answer is final.
  ...{ touch: {}, unlock: {}, forgetLapsed: {}, index: {}, unindex: {}, eraseUser: {} },
  ...{ read: {}, inspect: {}, userSessions: {}, inspectUser: {}, scanSessions: {} },
};

/** Tries the operations of a store again. `onRetry` is called when something would be sent again,
 * with whether it was. */
export function createRetryingStore(
  store: SessionStore,
  patience: Patience,
  onRetry?: (isSent: boolean) => void,
): RetryingStore {
  const budget = createRetryBudget(onRetry);
  const deadlines = createDeadlines(patience.nowMonotonicMs);
  return {
    once: store,
    within: (receipt, options = {}) =>
      new StoreOfRequest(store, {
        patience,
        deadlines,
        budget,
        receipt,
        lost: createLostAttempts(),
        ...options,
      }),
  };
}

type OfRequest = Pick<Waiting<unknown>, 'receipt' | 'patience' | 'deadlines' | 'budget'> &
  RetryOptions & { lost: LostAttempts };

class StoreOfRequest implements StoreWithin {
  readonly deadlineMs: number;
  readonly #store: SessionStore;
  readonly #request: OfRequest;

  constructor(store: SessionStore, request: OfRequest) {
    this.#store = store;
    this.#request = request;
    this.deadlineMs = request.receipt.monotonicMs + request.patience.requestDeadlineMs;
  }

  append(append: Asked<'append'>) {
    const { appendMaxMs } = this.#request;
    const attempt = (limits: AttemptLimits) => this.#store.append(append, limits);
    return this.#retry(POLICIES.append, append, attempt, appendMaxMs);
  }

  erase(erasure: Asked<'erase'>) {
    return this.#retry(POLICIES.erase, erasure, (limits) => this.#store.erase(erasure, limits));
  }

  touch(touch: Asked<'touch'>) {
    return this.#retry(POLICIES.touch, touch, (limits) => this.#store.touch(touch, limits));
  }

  lock(request: Asked<'lock'>) {
    return this.#retry(POLICIES.lock, request, (limits) => this.#store.lock(request, limits));
  }

  unlock(lock: Asked<'unlock'>) {
    return this.#retry(POLICIES.unlock, lock, (limits) => this.#store.unlock(lock, limits));
  }

  forgetLapsed(lock: Asked<'forgetLapsed'>) {
    return this.#retry(POLICIES.forgetLapsed, lock, (limits) =>
      this.#store.forgetLapsed(lock, limits),
    );
  }

  index(entry: Asked<'index'>) {
    return this.#retry(POLICIES.index, entry, (limits) => this.#store.index(entry, limits));
  }

  unindex(entries: Asked<'unindex'>) {
    return this.#retry(POLICIES.unindex, entries, (limits) => this.#store.unindex(entries, limits));
  }

  eraseUser(erasure: Asked<'eraseUser'>) {
    return this.#retry(POLICIES.eraseUser, erasure, (limits) =>
      this.#store.eraseUser(erasure, limits),
    );
  }

  read(sessionId: string) {
    return this.#retry(POLICIES.read, sessionId, () => this.#store.read(sessionId));
  }

  inspect(sessionId: string) {
    return this.#retry(POLICIES.inspect, sessionId, () => this.#store.inspect(sessionId));
  }

  inspectUser(userId: string) {
    return this.#retry(POLICIES.inspectUser, userId, () => this.#store.inspectUser(userId));
  }

  userSessions(userId: string, page: Parameters<SessionStore['userSessions']>[1]) {
    return this.#retry(POLICIES.userSessions, userId, () => this.#store.userSessions(userId, page));
  }

  scanSessions(scan: Asked<'scanSessions'>) {
    return this.#retry(POLICIES.scanSessions, scan, () => this.#store.scanSessions(scan));
  }

  waitFor<Answer>(work: Promise<Answer>): Promise<Answer> {
    const { receipt, patience, deadlines } = this.#request;
    return untilDeadline(() => work, { receipt, patience, deadlines, advice: SEND_UPDATE_AGAIN });
  }

  #retry<Request, Answer>(
    { isConditional, isRefusal, advice }: Policy<Request, Answer>,
    request: Request,
    attempt: (limits: AttemptLimits) => Promise<Answer>,
    maxMs?: number,
  ): Promise<Answer> {
    const { receipt, patience, deadlines, budget, lost, asksAgain, onFailedAttempt } =
      this.#request;
    const isLateUnknown = isConditional?.(request) === true;
    return untilDeadline(attempt, {
      receipt,
      patience,
      deadlines,
      budget,
      late: isLateUnknown ? 'outcome_unknown' : 'unavailable',
      advice: isLateUnknown ? undefined : advice,
      lost,
      isRefusal: isRefusal && asksAgain ? (answer) => isRefusal(answer) && !asksAgain() : isRefusal,
      onFailedAttempt,
      maxMs,
    });
  }
}

type Asked<Name extends Operation> = Parameters<SessionStore[Name]>[0];
