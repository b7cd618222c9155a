// A store that the model drives, and the ways in which it can be hurt.

import type { SessionStore } from '../../src/store/session-store.ts';

export type ModelWorld = {
  store: SessionStore;
  /** The store's clock, unix ms. */
  nowMs(): Promise<number>;
  /** The clock of `performance.now()`, as the store sees it. */
  nowMonotonicMs(): number;
  /** Receipts closer to one another than this, in milliseconds, may be taken for one another: an
   * operation is on its way for some time. 0 where time stands still while a step runs. */
  receiptGrainMs: number;
  time: PassingTime;
  /** Removes what has expired, as a timer of the store does at any time; absent where nothing
   * does. */
  sweep?(): Promise<void>;
  /** Puts other bytes in the place of a stored frame, head included. */
  overwrite(sessionId: string, name: string, value: Uint8Array): Promise<void>;
  /** Removes what a session says of its note, so that its next update is noted. */
  forgetNote(sessionId: string): Promise<void>;
  /** What a replica has of a session now. */
  copy(sessionId: string): Promise<unknown>;
  /** The replica that made this copy is promoted: whatever came later is lost. */
  promote(sessionId: string, copy: unknown): Promise<void>;
  close(): Promise<void>;
};

/** A clock that can be advanced; or one that is real, where what has a deadline is put past it by
 * hand. */
export type PassingTime =
  | { advance(ms: number): void }
  | {
      advance?: undefined;
      endSession(sessionId: string): Promise<void>;
      /** Answers when the lock's time has been over since, unix ms; undefined without a lock that
       * is held. */
      endLock(sessionId: string): Promise<number | undefined>;
      endTombstone(sessionId: string): Promise<void>;
    };
