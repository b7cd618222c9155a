import type { Outcome } from '../../session/outcome.ts';

/** Which sessions to list: those that fit all that is given. */
export type ListFilters = {
  /** Empty: of any user. */
  userId: string;
  /** Empty: of any flow. */
  flowId: string;
  /** What the ids begin with. */
  idPrefix: string;
  /** The latest event was then or later, unix ms. */
  eventFromMs: number | undefined;
  /** The latest event was before that. */
  eventUntilMs: number | undefined;
  /** Empty: any. */
  outcomes: readonly Outcome[];
  isLocked: boolean | undefined;
  isDamaged: boolean | undefined;
};

export type ListPage = {
  /** How many sessions it has at most. */
  size: number;
  /** `nextToken` of the page before; empty for the first one. */
  token: string;
  /** Whether to list the others where a part of the store cannot be reached. */
  skipsUnavailable: boolean;
};

/** One live session in a list, without its contents. */
export type ListedSession = {
  sessionId: string;
  userId: string;
  flowId: string;
  revision: number;
  createdAtMs: number;
  /** Undefined if it cannot be read. */
  lastEventMs: number | undefined;
  expiresAtMs: number;
  outcome: Outcome;
  /** Until when its lock is held; undefined if it is not. */
  lockedUntilMs: number | undefined;
  quarantined: number;
  frames: number;
  bytes: number;
  /** Something of it is damaged, in quarantine or missing. */
  isDamaged: boolean;
};

/** What was found for one page. */
export type ListedSessions = {
  /** Newest event first if they were found by a user's index; else in no order. */
  sessions: ListedSession[];
  /** Empty: there are no more. */
  nextToken: string;
  listedBy: 'user_index' | 'scan';
  /** How many sessions were read. */
  examined: number;
  /** Sessions of earlier pages may follow again. */
  mayRepeat: boolean;
  /** The parts of the store whose sessions are missing from here on. */
  unavailable: string[];
};
