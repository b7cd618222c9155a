// How much may be tried again. When a store is in trouble, every request tries again until its
// deadline, and the store gets several times its usual load at the worst moment. So repetitions may
// be only a tenth of the traffic of the last seconds, and a few more where there is little traffic.
//
// An attempt that was never sent, because there was no connection or the circuit of the master is
// open, costs the store nothing: the next one counts as the first.

/** Over so long the traffic and its repetitions are counted. */
const WINDOW_SECONDS = 10;
/** The share of the traffic that repetitions may have. */
const SHARE = 0.1;
/** Repetitions per second that are always allowed. */
const FLOOR_PER_SECOND = 10;

export type RetryBudget = {
  /** An operation begins, at that instant. */
  began(nowMs: number): void;
  /** Whether something may be sent again; counts it if so. */
  take(nowMs: number): boolean;
  /** What was counted last was not sent after all. */
  giveBack(): void;
};

/** A budget over the traffic of one store. `onRetry` is called with each decision. */
export function createRetryBudget(onRetry: (isSent: boolean) => void = () => {}): RetryBudget {
  const began = new Array<number>(WINDOW_SECONDS).fill(0);
  const repeated = new Array<number>(WINDOW_SECONDS).fill(0);
  let second = Number.NEGATIVE_INFINITY;

  return {
    began(nowMs) {
      add(began, slotAt(nowMs));
    },
    take(nowMs) {
      const slot = slotAt(nowMs);
      const allowed = FLOOR_PER_SECOND * WINDOW_SECONDS + Math.floor(SHARE * sum(began));
      const isSent = sum(repeated) < allowed;
      if (isSent) add(repeated, slot);
      onRetry(isSent);
      return isSent;
    },
    giveBack() {
      const slot = repeated.findLastIndex((count) => count > 0);
      if (slot >= 0) repeated[slot] = (repeated[slot] ?? 0) - 1;
    },
  };

  /** The slot of this second; those of seconds that are past the window are emptied. */
  function slotAt(nowMs: number): number {
    const now = Math.floor(nowMs / 1000);
    for (let next = Math.max(second + 1, now - WINDOW_SECONDS + 1); next <= now; next++) {
      began[next % WINDOW_SECONDS] = 0;
      repeated[next % WINDOW_SECONDS] = 0;
    }
    second = Math.max(second, now);
    return second % WINDOW_SECONDS;
  }
}

function add(counts: number[], slot: number): void {
  counts[slot] = (counts[slot] ?? 0) + 1;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
