// What the use cases work with. The wiring hands each of them these parts and nothing else.

import type { FlowDefinitions } from '../session/flow/definition.ts';
import type { WriteFormat } from '../session/format.ts';
import type { FrameOf, FrameVerdict } from '../session/frame.ts';
import type { IgnoredStep } from '../session/posted-steps.ts';
import type { UpdateIdKeys } from '../session/update-id.ts';
import type { DamagedField } from '../store/session-store.ts';
import type { RetryingStore } from './retrying/retrying-store.ts';
import type { Patience } from './retrying/until-deadline.ts';
import type { Outcome, WatchedEvent } from './session-service.ts';
import type { RowProblem, Settled } from './spooling/outcomes.ts';
import type { WatchRead } from './watching/session-feeds.ts';

/** Is called when something happened. Never throws; no event holds the content of a session. */
export type ServiceObserver = {
  /** A frame was stored. */
  frameStored(frameBytes: number): void;
  /** A session was read; `sessionBytes` is the stored size of its frames. */
  sessionRead(read: {
    sessionId: string;
    outcome: Outcome;
    frames: number;
    sessionBytes: number;
  }): void;
  /** A stored frame could not be used. */
  frameUnusable(frame: {
    sessionId: string;
    name: string;
    verdict: Exclude<FrameVerdict, 'sound'>;
  }): void;
  /** Stored fields that are not frames were found damaged. Not `isWhole`: a frame is missing, or is
   * not stored under its own name and revision. Called at each read. */
  metadataDamaged(damaged: {
    sessionId: string;
    fields: readonly DamagedField[];
    isWhole: boolean;
  }): void;
  /** A compaction ended. `blocked`: frames of a newer format keep it from folding. */
  compactionEnded(ended: {
    sessionId: string;
    result: CompactionResult;
    seconds: number;
    cause?: unknown;
  }): void;
  /** The store repaired a session's metadata, or moved a foreign value aside. */
  sessionRepaired(repaired: { sessionId: string; kind: 'metadata' | 'foreign_value' }): void;
  /** An update was refused by its flow's definition; called once for each violation. */
  flowViolated(violated: { flowId: string; keyword: string }): void;
  /** Validating an update took too long, which is one of its violations; `message` names places
   * in the definition. */
  validationTimedOut(timedOut: { flowId: string; message: string }): void;
  /** Steps of a posted history could not be used and were left out of what was stored. */
  stepsIgnored(ignored: { sessionId: string; steps: readonly IgnoredStep[] }): void;
  /** A request met a lock that somebody else held. */
  lockContended(): void;
  /** How long a request for a lock waited, or an update that met one. */
  lockWaited(seconds: number): void;
  /** How a request for a lock, or for its release, ended. */
  lockEnded(result: LockOutcome): void;
  /** A lock ran out without having been released; called once, when it is noticed first. */
  lockLapsed(lapsed: { sessionId: string }): void;
  /** The store could not say whether a lock ran out. */
  lapseUnknown(lock: { sessionId: string; cause: unknown }): void;
  /** A session was erased, or there was nothing to erase. */
  sessionErased(erased: { sessionId: string; found: boolean }): void;
  /** The erasing of a user's sessions has ended; not done: it was stopped, or given up because of
   * `cause`. */
  userErasureEnded(ended: {
    userId: string;
    erased: number;
    isDone: boolean;
    seconds: number;
    cause: unknown;
  }): void;
  /** Frames were moved into quarantine. */
  framesQuarantined(quarantined: { sessionId: string; names: string[] }): void;
  /** Frames could not be moved into quarantine; they stay where they are, and are tried again
   * when read. */
  quarantineFailed(failed: { sessionId: string; cause: unknown }): void;
  /** A user's index could not be written; it is tried again with the session's next update. */
  indexFailed(failed: { sessionId: string; cause: unknown }): void;
  /** An update, or the note of one that is stored, was kept in the spool. */
  updateSpooled(spooled: { sessionId: string; kind: 'update' | 'note' }): void;
  /** The spool did not keep a row: it has no room, or its disk failed. */
  spoolFailed(failed: { isFull: boolean; cause: unknown }): void;
  /** A spooled update was replayed, or dropped, and its row given up. */
  updateReplayed(replayed: { sessionId: string; settled: Settled; waitedMs: number }): void;
  /** A row of the spool is not replayed any more, and kept. */
  rowSetAside(row: { number: number; problem: RowProblem | 'failed'; cause?: unknown }): void;
  /** How many Watch calls are open, and how many sessions they follow. */
  watchesChanged(watches: { calls: number; sessions: number }): void;
  /** A Watch call was given an event. */
  watchEvent(kind: WatchedEvent['kind']): void;
  /** The store was asked for Watch calls. */
  watchRead(read: WatchRead): void;
  /** The store could not be asked for Watch calls of a session, or of a user; it is asked again. */
  watchFailed(failed: { sessionId?: string; userId?: string; cause: unknown }): void;
  /** Something that was sent to the store would be sent again. Not `isSent`: too much was already. */
  storeRetried(isSent: boolean): void;
};

/** How a compaction ended. `skipped`: there was nothing to fold. */
export type CompactionResult = 'compacted' | 'changed' | 'blocked' | 'skipped' | 'failed';

/** How a request for a lock ended. `lost`: the token presented does not hold it. */
export type LockOutcome = 'acquired' | 'renewed' | 'released' | 'timed_out' | 'lost';

export type ServiceSettings = {
  /** Where the flow's definition says nothing else. */
  sessionTtlMs: number;
  sessionMaxBytes: number;
  historyMaxEntries: number;
  restoreByUser: boolean;
  /** Of a lock whose caller names no time. */
  lockTtlMs: number;
  /** How long to wait for a lock, where the caller names no time; updates wait no longer. */
  lockWaitMs: number;
  quarantineTtlMs: number;
  /** Watch calls that are open at once. */
  watchLimit: number;
  /** The newest format that is written where the content does not need a newer one. */
  writeFormat: WriteFormat;
};

export type ServiceParts = {
  store: RetryingStore;
  settings: ServiceSettings;
  flows: FlowDefinitions;
  patience: Patience;
  observer: ServiceObserver;
  /** Makes the frames of updates; undefined where contents are not encrypted. */
  frameOf?: FrameOf | undefined;
  /** Undefined where contents are not encrypted. */
  updateIdKeys?: (() => UpdateIdKeys) | undefined;
};
