// Sessions as the use cases answer them.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { HistoryStep, Stamp } from '../gen/cognigy/session/v1/session_state_pb.ts';
import type { FrameVerdict } from '../session/frame.ts';
import type { KeyValue } from '../session/json/value.ts';
import type { Outcome } from '../session/outcome.ts';
import type { DamagedField } from '../store/session-store.ts';

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
  /** How many updates in the state are not stored yet, but wait in this sidecar's spool. */
  spooledUpdates: number;
};

/** A session as it is stored. */
export type SessionInspection = {
  state: RestoredSession;
  logId: string;
  /** Earliest revision that can be restored. */
  oldestRevision: number;
  /** Until when the lock is held; undefined if it is not. */
  lockedUntilMs: number | undefined;
  /** Updates received before the instant are dropped; undefined if there is no tombstone. */
  tombstone: { instantMs: number; expiresAtMs: number } | undefined;
  quarantine: QuarantineInspection[];
  /** How many removed keys the state remembers. */
  rememberedRemovals: { variables: number; context: number };
  /** Stored fields that are damaged, frames apart. */
  damagedFields: readonly DamagedField[];
  /** Stored fields that this version does not know, or whose name was damaged. */
  unknownFields: readonly string[];
  /** Whether the frames are all there, under the names and revisions that they were stored under. */
  isWhole: boolean;
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
  /** The parts that an update in it replaces. */
  replaces: string[];
  historySteps: number;
  /** The frame as found, where it is not intact. */
  rawBytes: Uint8Array | undefined;
};

/** One frame in quarantine. */
export type QuarantineInspection = {
  name: string;
  kind: 'delta' | 'snapshot';
  revision: number;
  sizeBytes: number;
  /** What reading it gives now. */
  verdict: FrameVerdict;
  quarantinedAtMs: number;
  expiresAtMs: number;
  /** The frame as it was found. */
  rawBytes: Uint8Array;
};
