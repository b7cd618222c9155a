// The use cases, as every transport calls them: persist, restore, inspect. A transport turns its wire form
// into these types and back, and decides nothing.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { HistoryStep, Stamp } from '../gen/cognigy/session/v1/session_state_pb.ts';
import type { FrameVerdict } from '../session/frame.ts';
import type { KeyValue } from '../session/json-value.ts';
import type { PostedUpdate } from '../session/session-update.ts';

/** When a request came in. */
export type Receipt = {
  /** Unix microseconds, rising from one request of a process to the next unless its clock is set far back. */
  wallMicros: bigint;
  /** On the clock of `performance.now()`. */
  monotonicMs: number;
};

/** One update, as a caller sent it. */
export type PersistCommand = PostedUpdate & { receipt: Receipt };

/** What became of an update. */
export type Persisted = {
  sessionId: string;
  status: 'accepted';
  revision: number;
  etag: string;
  durability: 'stored';
  /** An earlier attempt had stored it. */
  known: boolean;
};

/** A session, or a user whose newest live session is meant, or both: the session first. Empty: not given. */
export type RestoreQuery = { receipt: Receipt; sessionId: string; userId: string };

/** How much of the stored state could be read. */
export type Outcome = 'intact' | 'recovered' | 'fallback';

/** The merged state of a live session. */
export type RestoredSession = {
  sessionId: string;
  userId: string;
  flowId: string;
  variables: KeyValue[];
  context: KeyValue[];
  history: HistoryStep[];
  /** Of the latest event, as sent. */
  timestamp: string;
  lastUpdated: Timestamp;
  revision: number;
  etag: string;
  outcome: Outcome;
  ttlMs: number;
};

/** A session as it is stored. */
export type SessionInspection = {
  state: RestoredSession;
  logId: string;
  incarnation: string;
  createdAtMs: number;
  expiresAtMs: number;
  snapshotBytes: number;
  deltaBytes: number;
  frames: FrameInspection[];
};

/** One stored frame. */
export type FrameInspection = {
  name: string;
  kind: 'delta' | 'snapshot';
  revision: number;
  etag: string;
  sizeBytes: number;
  verdict: FrameVerdict;
  /** Of the newest update in it; undefined if it could not be read. */
  stamp: Stamp | undefined;
  updates: number;
  variables: string[];
  context: string[];
  removedVariables: string[];
  removedContext: string[];
  historySteps: number;
};

/** One live session of a user. */
export type SessionSummary = { sessionId: string; lastEventMs: number; ttlMs: number; revision: number };

/** Every method refuses with a Refusal: `invalid`, `forbidden`, `too_large`, `unavailable`. */
export type SessionService = {
  /** Merges one update into its session, creating the session if there is none. */
  persist(command: PersistCommand): Promise<Persisted>;
  /** The merged state of a live session; undefined if there is none. */
  restore(query: RestoreQuery): Promise<RestoredSession | undefined>;
  /** A live session, frame by frame; undefined if there is none. */
  inspect(query: { receipt: Receipt; sessionId: string }): Promise<SessionInspection | undefined>;
  /** A user's live sessions, newest event first, at most 100. */
  inspectUser(query: { receipt: Receipt; userId: string }): Promise<SessionSummary[]>;
};
