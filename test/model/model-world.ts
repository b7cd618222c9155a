// A store that the model drives, and the ways in which it can be hurt.

import type { SessionStore } from '../../src/store/session-store.ts';

export type ModelWorld = {
  store: SessionStore;
  /** The store's clock, unix ms. */
  nowMs(): Promise<number>;
  /** The clock of `performance.now()`, as the store sees it. */
  nowMonotonicMs(): number;
  /** Lets time pass; absent where the clock is real. */
  advance?(ms: number): void;
  /** Ends a session's time at once; absent where the clock can be advanced instead. */
  expire?(sessionId: string): Promise<void>;
  /** What a replica has of a session now. */
  copy(sessionId: string): Promise<unknown>;
  /** The replica that made this copy is promoted: whatever came later is lost. */
  promote(sessionId: string, copy: unknown): Promise<void>;
  close(): Promise<void>;
};
