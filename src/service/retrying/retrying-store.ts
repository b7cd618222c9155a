// The store as the use cases work with it: what they ask of it for a request is tried again until
// the deadline of that request. Every operation of a store may be repeated; the table says how each
// of them differs.

import type { AttemptLimits, SessionStore } from '../../store/session-store.ts';
import type { Receipt } from '../session-service.ts';
import {
  createLostAttempts,
  type LostAttempts,
  type Patience,
  untilDeadline,
} from './until-deadline.ts';

type Operation = Exclude<
  keyof SessionStore,
  'compact' | 'quarantine' | 'unseal' | 'ping' | 'close'
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
  [Name in Operation]: Policy<
    Parameters<SessionStore[Name]>[0],
    Awaited<ReturnType<SessionStore[Name]>>
  >;
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
  ...{ unlock: {}, forgetLapsed: {}, index: {}, unindex: {}, unnote: {}, eraseUser: {} },
  ...{ read: {}, inspect: {}, userSessions: {}, inspectUser: {} },
};

/** Tries the operations of a store again. */
export function createRetryingStore(store: SessionStore, patience: Patience): RetryingStore {
  return { once: store, within };

  function within(
    receipt: Receipt,
    { lost = createLostAttempts(), asksAgain = () => false, onFailedAttempt }: RetryOptions = {},
  ): StoreWithin {
    const waiting = { receipt, patience };
    return {
      append: (append) => retry(POLICIES.append, append, (limits) => store.append(append, limits)),
      erase: (erasure) => retry(POLICIES.erase, erasure, (limits) => store.erase(erasure, limits)),
      lock: (asked) => retry(POLICIES.lock, asked, (limits) => store.lock(asked, limits)),
      unlock: (lock) => retry(POLICIES.unlock, lock, (limits) => store.unlock(lock, limits)),
      forgetLapsed: (lock) =>
        retry(POLICIES.forgetLapsed, lock, (limits) => store.forgetLapsed(lock, limits)),
      index: (entry) => retry(POLICIES.index, entry, (limits) => store.index(entry, limits)),
      unindex: (entries) =>
        retry(POLICIES.unindex, entries, (limits) => store.unindex(entries, limits)),
      unnote: (sessionId) =>
        retry(POLICIES.unnote, sessionId, (limits) => store.unnote(sessionId, limits)),
      eraseUser: (erasure) =>
        retry(POLICIES.eraseUser, erasure, (limits) => store.eraseUser(erasure, limits)),
      read: (sessionId) => retry(POLICIES.read, sessionId, () => store.read(sessionId)),
      inspect: (sessionId) => retry(POLICIES.inspect, sessionId, () => store.inspect(sessionId)),
      userSessions: (userId, page) =>
        retry(POLICIES.userSessions, userId, () => store.userSessions(userId, page)),
      inspectUser: (userId) => retry(POLICIES.inspectUser, userId, () => store.inspectUser(userId)),
      deadlineMs: receipt.monotonicMs + patience.requestDeadlineMs,
      waitFor: (work) => untilDeadline(() => work, { ...waiting, advice: SEND_UPDATE_AGAIN }),
    };

    function retry<Request, Answer>(
      policy: Policy<Request, Answer>,
      request: Request,
      attempt: (limits: AttemptLimits) => Promise<Answer>,
    ): Promise<Answer> {
      const { isConditional, isRefusal = () => false, advice } = policy;
      return untilDeadline(attempt, {
        ...waiting,
        ...(isConditional?.(request) ? { late: 'outcome_unknown' } : { advice }),
        isRefusal: (answer) => isRefusal(answer) && !asksAgain(),
        lost,
        onFailedAttempt,
      });
    }
  }
}
