import type { KeyValue } from '../../session/json/value.ts';
import type { QuarantineInspection, SessionInspection } from '../session-views.ts';

/** The version of the form of exports. A later one may add members. */
export const EXPORT_FORMAT = 1;

/** A part of an export: first the head, then the sessions, then the end. */
export type ExportPart = ExportHead | ExportedSession | ExportEnd;

/** What is kept of the user apart from sessions. */
export type ExportHead = {
  kind: 'head';
  serviceVersion: string;
  userId: string;
  exportedAtMs: number;
  indexEntries: number;
  tombstone: { instantMs: number; expiresAtMs: number } | undefined;
  isBeingErased: boolean;
  /** Values are not shown, since the caller has no right to see them. */
  isRedacted: boolean;
};

/** One session, with all that is kept of it. */
export type ExportedSession = {
  kind: 'session';
  sessionId: string;
  /** Undefined if it is not live. */
  inspection: SessionInspection | undefined;
  values: FrameValues[];
  /** Of a session that is not live; the inspection of a live one has them. */
  quarantine: QuarantineInspection[];
  tombstone: ExportHead['tombstone'];
};

/** What one frame sets. */
export type FrameValues = { frame: string; variables: KeyValue[]; context: KeyValue[] };

export type ExportEnd = {
  kind: 'end';
  isComplete: boolean;
  sessions: number;
  /** Updates that wait in this process's spool, and are part of the states. */
  spooledUpdates: number;
  /** The first of the problems. */
  problems: ExportProblem[];
  problemCount: number;
};

/** Something that could not be read. */
export type ExportProblem = {
  /** Empty: the user's index. */
  sessionId: string;
  reason: 'unavailable' | 'damaged' | 'too_large';
  message: string;
};
