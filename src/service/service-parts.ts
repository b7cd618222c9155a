// What the use cases work with. The wiring hands each of them these parts and nothing else.

import type { FrameVerdict } from '../session/frame.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { Outcome } from './session-service.ts';
import type { Patience } from './until-deadline.ts';

/** Sees what happened. Never throws, and is told of no content. */
export type ServiceObserver = {
  /** A frame was stored. */
  frameStored(frameBytes: number): void;
  /** A session was read; `sessionBytes` is the stored size of its frames. */
  sessionRead(read: { sessionId: string; outcome: Outcome; frames: number; sessionBytes: number }): void;
  /** A stored frame could not be read. */
  frameUnsound(frame: { sessionId: string; name: string; verdict: Exclude<FrameVerdict, 'sound'> }): void;
  /** A compaction ended. `blocked`: frames of a newer format keep it from folding. */
  compactionEnded(ended: {
    sessionId: string;
    result: CompactionResult;
    seconds: number;
    cause?: unknown;
  }): void;
  /** The store mended a session's metadata, or moved a foreign value aside. */
  sessionRepaired(repaired: { sessionId: string; kind: 'metadata' | 'foreign_value' }): void;
  /** A user's index could not be written; it is tried again with the session's next update. */
  indexFailed(failed: { sessionId: string; cause: unknown }): void;
};

/** How a compaction ended. `skipped`: there was nothing to fold. */
export type CompactionResult = 'compacted' | 'changed' | 'blocked' | 'skipped' | 'failed';

export type ServiceSettings = {
  sessionTtlMs: number;
  sessionMaxBytes: number;
  historyMaxEntries: number;
  restoreByUser: boolean;
};

export type ServiceParts = {
  store: SessionStore;
  settings: ServiceSettings;
  patience: Patience;
  observer: ServiceObserver;
};
