// A page of a timeline, as transports show it.

import type { Codec, HistoryStep, Stamp } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { FrameVerdict } from '../../session/frame.ts';
import type { ShownValue } from './shown-value.ts';

/** One value that an update changed, or did not change because of a later one. */
export type TimelineChange = {
  /** JSON pointer into the state as it is restored. */
  pointer: string;
  /** `overruled`: nothing happened; an update with a later stamp had set or removed the key. */
  kind: 'added' | 'changed' | 'removed' | 'overruled';
  before: ShownValue | undefined;
  after: ShownValue | undefined;
  /** Of an update that was overruled: what it set. */
  posted: ShownValue | undefined;
};

/** One stored frame, or an update that is not stored yet. */
export type TimelineEntry = {
  /** The update id, or the name of a snapshot. */
  name: string;
  /** `replacement`: an update that replaces variables or context. */
  kind: 'delta' | 'snapshot' | 'replacement';
  /** 0 if it is not known. */
  revision: number;
  verdict: FrameVerdict;
  isQuarantined: boolean;
  /** It waits in the spool of this sidecar. */
  isSpooled: boolean;
  /** What a former service left of the session. */
  isImported: boolean;
  /** Of the newest update in it; undefined if it could not be read. */
  stamp: Stamp | undefined;
  /** Of the event, as sent. */
  timestamp: string;
  flowId: string;
  userId: string;
  sizeBytes: number;
  codec: Codec;
  keyId: string;
  /** How many updates it has content of. */
  updates: number;
  /** The parts that it replaces. */
  replaces: string[];
  changes: TimelineChange[];
  /** How many changes are not listed. */
  moreChanges: number;
  /** How many keys it set to the value that they had. */
  unchangedKeys: number;
  addedSteps: HistoryStep[];
  moreAddedSteps: number;
  /** The entry in a sentence. */
  summary: string;
};

/** Which page of a session's timeline is shown. */
export type TimelinePageQuery = {
  sessionId: string;
  newestFirst: boolean;
  /** Entries at most; 0 for the default. */
  pageSize: number;
  /** `nextPageToken` of the page before; empty for the first. */
  pageToken: string;
  /** Larger values are not shown; 0 for the default. */
  valueMaxBytes: number;
};

/** One page of what happened to a session. */
export type TimelinePage = {
  sessionId: string;
  entries: TimelineEntry[];
  /** Empty if there is no other page. */
  nextPageToken: string;
  revision: number;
  /** Up to which revision updates are merged; 0 if none are. */
  mergedUpToRevision: number;
};
