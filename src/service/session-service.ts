// The use cases, as every transport calls them: persist, restore, inspect, lock, erase. A transport
// turns its wire form into these types and back, and decides nothing.

import type { Caller } from '../session/caller.ts';
import type { Outcome } from '../session/outcome.ts';
import type { IgnoredStep } from '../session/posted-steps.ts';
import type { PostedUpdate } from '../session/session-update.ts';
import type { StoreDurability } from '../store/durability.ts';
import type { ExplainedPointer, ExplainedValue } from './explaining/explanation.ts';
import type { TimelinePage, TimelinePageQuery } from './explaining/timeline-entry.ts';
import type { ListedSessions, ListFilters, ListPage } from './listing/listed-sessions.ts';
import type { ExportPart } from './listing/user-export.ts';
import type { RestoredSession, SessionInspection } from './session-views.ts';
import type { SessionEvent } from './watching/changes.ts';

export type { Outcome } from '../session/outcome.ts';
export type {
  FrameInspection,
  QuarantineInspection,
  RestoredSession,
  SessionInspection,
} from './session-views.ts';

/** When a request was received. */
export type Receipt = {
  /** Unix microseconds, rising from one request of a process to the next unless its clock is set
   * far back. */
  wallMicros: bigint;
  /** On the clock of `performance.now()`. */
  monotonicMs: number;
  /** When its caller stops waiting, if it said when: nothing takes effect later. On the same
   * clock. */
  endsAtMonotonicMs?: number | undefined;
  /** Who called; undefined where no credential is asked for. */
  caller?: Caller | undefined;
};

/** One update, as a caller sent it. */
export type PersistCommand = PostedUpdate & {
  receipt: Receipt;
  /** Token of the lock that the caller holds; empty if none. */
  lockToken: string;
  /** Etag that the session must have; `*`: there must be a session; `none`: there must be none.
   * Empty: whatever there is. */
  ifMatch: string;
};

/** How safely an update is kept. `spooled`: this sidecar has it on its disk, and will store it. */
export type Durability = 'spooled' | StoreDurability;

/** What became of an update. */
export type Persisted = {
  sessionId: string;
  /** `dropped`: session or user were erased after the update was received; nothing was stored. */
  status: 'accepted' | 'dropped';
  /** 0 if it was dropped, or spooled: then it is not known yet. */
  revision: number;
  /** Empty likewise. */
  etag: string;
  /** Of the update and of its note in the user's index; `stored` if it was dropped. */
  durability: Durability;
  /** An earlier attempt had stored it. */
  known: boolean;
  /** It is known, and the session has taken other updates since: what it set may have been
   * replaced. */
  superseded: boolean;
  /** Steps of its history that could not be used, at most the first 100; none if it was dropped. */
  ignoredSteps: IgnoredStep[];
};

/** Extending the life of a session. */
export type TouchCommand = {
  receipt: Receipt;
  sessionId: string;
  /** Undefined for what its flow's definition says, or else SESSION_TTL. */
  ttlSeconds: number | undefined;
};

/** How long a session lives now. */
export type TouchedSession =
  | { found: true; sessionId: string; ttlMs: number; durability: StoreDurability }
  /** There is no live session. `isErased`: it was erased, at most a day ago. */
  | { found: false; isErased: boolean };

/** Names a session, or a user, which means the user's newest live session, or both: then the
 * session is looked up first. Empty: not given. */
export type RestoreQuery = {
  receipt: Receipt;
  sessionId: string;
  userId: string;
  /** The state right after this revision; 0 for the latest. */
  revision: number;
};

/** A session to be inspected. */
export type InspectQuery = {
  receipt: Receipt;
  sessionId: string;
  /** As in RestoreQuery; the frames that are shown end with it. */
  revision: number;
};

/** One live session of a user. */
export type SessionSummary = {
  sessionId: string;
  lastEventMs: number;
  ttlMs: number;
  revision: number;
  outcome: Outcome;
};

/** Which sessions to list, and which page of them. */
export type ListQuery = { receipt: Receipt; filters: ListFilters; page: ListPage };
/** A session whose timeline is shown. */
export type TimelineQuery = TimelinePageQuery & { receipt: Receipt };

/** One page of what happened to a session. */
export type Timeline = TimelinePage & { outcome: Outcome };

/** A value to be explained. */
export type ExplainQuery = ExplainedPointer & { receipt: Receipt };

/** Why a value is what it is, at a revision of its session. */
export type Explanation = ExplainedValue &
  Pick<ExplainedPointer, 'sessionId' | 'pointer' | 'revision'> &
  Pick<Timeline, 'mergedUpToRevision' | 'outcome'>;

/** Which page of a user's sessions to list. */
export type UserListQuery = { receipt: Receipt; userId: string; page: ListPage };

/** A user of whom everything is exported. */
export type ExportQuery = {
  receipt: Receipt;
  userId: string;
  /** It is only looked whether all can be read: what it yields is not sent to anyone. */
  isCheckOnly: boolean;
};

/** Taking a session's lock, or renewing it. */
export type LockCommand = {
  receipt: Receipt;
  sessionId: string;
  /** The token of a lock that is held, to renew it; empty to take one. */
  token: string;
  /** 0 for the default. */
  ttlMs: number;
  /** How long to wait for another holder; undefined for the default. */
  waitMs: number | undefined;
  /** Aborted when nobody waits for the answer any more: a lock taken then is given back. */
  signal: AbortSignal;
};

export type HeldLock = { sessionId: string; token: string; ttlMs: number };

/** Erasing one session. */
export type EraseCommand = {
  receipt: Receipt;
  sessionId: string;
  /** Etag that the session must have, or `*`: there must be a session. Empty for any, also none. */
  ifMatch: string;
  /** Identity of the erase, chosen by the caller; empty if none. */
  updateId: string;
};

/** What was erased, and what may still be on its way. */
export type ErasedSession = {
  sessionId: string;
  /** Whether there was a live session. */
  found: boolean;
  frames: number;
  quarantined: number;
  /** Somebody held the lock, and no longer does. */
  locked: boolean;
  indexEntries: number;
  /** How safely the tombstone is kept, and that the session is gone. */
  durability: StoreDurability;
  pending: PendingErasure[];
};

/** What an erase leaves to be done. */
export type PendingErasure = {
  /**
   * `late_updates`: updates received before the erase that have not reached the store; they are
   * dropped when they come. `user_index`: entries of users' indexes that could not be removed; they
   * expire.
   */
  kind: 'late_updates' | 'user_index';
  /** After this instant nothing of it is left, or nothing drops it any more. */
  untilMs: number;
};

/** What was erased of a user by the time of the answer; the rest is erased after it. */
export type ErasedUser = {
  userId: string;
  /** The first of the sessions that were erased, at most 1000. */
  sessions: ErasedSession[];
  /** How many were erased. */
  erased: number;
  /** Entries of the user's index that are still to be handled; 0 if the erasing is done. */
  remaining: number;
  /** Of the user's tombstone and of all erased sessions: the weakest. */
  durability: StoreDurability;
  pending: PendingErasure[];
};

/** What is kept of a user. */
export type UserInspection = {
  /** The live sessions, newest event first, at most 100. */
  sessions: SessionSummary[];
  /** Entries of the user's index, those included that lead to no session of the user any more. */
  indexEntries: number;
  /** Updates that name the user and were received before the instant are dropped; undefined if
   * there is no tombstone. */
  tombstone: { instantMs: number; expiresAtMs: number } | undefined;
  /** Whether this process is erasing the user's sessions. */
  isBeingErased: boolean;
};

/** Watching a session, or the sessions of a user: exactly one of them. Empty: not given. */
export type WatchCommand = {
  receipt: Receipt;
  sessionId: string;
  userId: string;
  /** Up to where the caller has seen sessions; an empty session id is that of the command. */
  resumeFrom: readonly { sessionId: string; revision: number; etag: string }[];
  /** After so long without an event there is a heartbeat. */
  heartbeatMs: number;
  /** Ends it. */
  signal: AbortSignal;
};

/** What happened to a session. `heartbeat`, of no session: nothing did; all that happened until
 * `behindMs` ago has been given. */
export type WatchedEvent = (SessionEvent | { kind: 'heartbeat'; behindMs: number }) & {
  sessionId: string;
};

/**
 * Every method refuses with a Refusal: `invalid`, `unavailable`; persist also `too_large`,
 * `schema_violation`, `conflict`, `id_reused`, `locked`, `lock_lost`, `outcome_unknown`,
 * `overloaded`; restore also `forbidden`; restore, inspect and explain `compacted`; lock `locked`,
 * `lock_lost`, `overloaded`; unlock `lock_lost`; erase `conflict`, `outcome_unknown`; watch
 * `too_many_watches`; list `overloaded`; all of them `forbidden`, for a caller without the right.
 */
export type SessionService = {
  /** Merges one update into its session, creating the session if there is none. */
  persist(command: PersistCommand): Promise<Persisted>;
  /** Extends the life of a live session, also while a lock is held. */
  touch(command: TouchCommand): Promise<TouchedSession>;
  /** The merged state of a live session; undefined if there is none. */
  restore(query: RestoreQuery): Promise<RestoredSession | undefined>;
  /** A live session, frame by frame; undefined if there is none. */
  inspect(query: InspectQuery): Promise<SessionInspection | undefined>;
  /** What is kept of a user. */
  inspectUser(query: { receipt: Receipt; userId: string }): Promise<UserInspection>;
  /** Live sessions, without their contents; one page. */
  listSessions(query: ListQuery): Promise<ListedSessions>;
  /** What happened to a live session, page by page; undefined if there is none. */
  timeline(query: TimelineQuery): Promise<Timeline | undefined>;
  /** Why a value of a live session is what it is; undefined if there is none. */
  explain(query: ExplainQuery): Promise<Explanation | undefined>;
  /** Those of a user, newest event first, for whom may restore them. */
  userSessions(query: UserListQuery): Promise<ListedSessions>;
  /** All that is kept of a user, part by part; what cannot be read is named at the end. */
  exportUser(query: ExportQuery): AsyncGenerator<ExportPart>;
  /** Takes or renews the lock on a session, which need not exist. */
  lock(command: LockCommand): Promise<HeldLock>;
  /** Gives a lock back. */
  unlock(command: { receipt: Receipt; sessionId: string; token: string }): Promise<void>;
  /** Removes a session and keeps late updates from bringing it back. */
  erase(command: EraseCommand): Promise<ErasedSession>;
  /** Removes all sessions of a user, likewise; what cannot be erased before the answer is erased
   * after it. */
  eraseUser(command: { receipt: Receipt; userId: string }): Promise<ErasedUser>;
  /** What happens to a session, or to the sessions of a user, from now on or from given positions;
   * at least once each. Ends when its signal is aborted. */
  watch(command: WatchCommand): AsyncGenerator<WatchedEvent>;
};
