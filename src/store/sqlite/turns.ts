// Waiting for another process that holds the write lock of the file. SQLite's own busy handler
// sleeps inside the call, which would block the event loop for the whole wait. So it is off: a call
// that finds the file locked fails at once, and is tried again from here after a pause. Meanwhile
// this process does its other work.
//
// Writes wait in one queue, first come, first served, and only the first one tries: many waiting
// writes disturb the other processes no more than a single one. The pauses are a few milliseconds and
// random, so that processes do not try at the same times; each transaction is far shorter, so every
// process finds a gap.
//
// Reads see one instant of the file (WAL) and do not wait, except in the rare moments in which
// another process rebuilds the log; each of them then tries again by itself.

import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause, setImmediate as yieldToLoop } from 'node:timers/promises';
import { type AttemptLimits, StoreUnavailable } from '../session-store.ts';
import { isBusy, refusingAs } from './failure.ts';
import { inTransaction, type Mode } from './transaction.ts';

const PAUSE_MIN_MS = 1;
const PAUSE_SPREAD_MS = 3;
/** How long queued writes may run one after the other without a turn of the event loop in between. */
const HOLD_MAX_MS = 10;

export type Turns = {
  /** Runs a step in a write transaction. Rejects with StoreUnavailable if the lock is not available
   * in time, or not before its caller stops waiting: then the step does not run. */
  write<T>(operation: string, limits: AttemptLimits | undefined, step: () => T): Promise<T>;
  /** Runs a step in a read transaction, likewise. */
  read<T>(operation: string, step: () => T): Promise<T>;
};

type Tried<T> = { isDone: true; value: T } | { isDone: false; busy: unknown };

/** A write in the queue. `tryOnce` settles it and answers true, unless the file is locked and
 * time is left. */
type Waiting = { tryOnce(): boolean };

/** `busyTimeoutMs`: how long an operation waits for other processes. `nowMonotonicMs`: the clock
 * of its limits. */
export function createTurns(
  database: DatabaseSync,
  { busyTimeoutMs, nowMonotonicMs }: { busyTimeoutMs: number; nowMonotonicMs: () => number },
): Turns {
  const queue: Waiting[] = [];
  let isServed = false;

  return {
    async write(operation, limits, run) {
      const step = () => {
        if (limits !== undefined && nowMonotonicMs() > limits.endsAtMonotonicMs)
          throw new StoreUnavailable(operation, {
            reason: 'its caller stopped waiting while other writes ran',
          });
        return run();
      };
      if (queue.length === 0) {
        const tried = attempt(operation, 'IMMEDIATE', step);
        if (tried.isDone) return tried.value;
      }
      return waitInQueue(operation, step);
    },

    async read(operation, step) {
      const deadlineMs = performance.now() + busyTimeoutMs;
      for (;;) {
        const tried = attempt(operation, 'DEFERRED', step);
        if (tried.isDone) return tried.value;
        if (performance.now() >= deadlineMs) throw tried.busy;
        await pause(randomPauseMs());
      }
    },
  };

  function waitInQueue<T>(operation: string, step: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const deadlineMs = performance.now() + busyTimeoutMs;
    const tryOnce = () => {
      try {
        const tried = attempt(operation, 'IMMEDIATE', step);
        if (tried.isDone) resolve(tried.value);
        else if (performance.now() < deadlineMs) return false;
        else reject(tried.busy);
      } catch (error) {
        reject(error);
      }
      return true;
    };
    queue.push({ tryOnce });
    if (!isServed) void serveQueue();
    return promise;
  }

  async function serveQueue(): Promise<void> {
    isServed = true;
    await pause(randomPauseMs());
    let turnBeganMs = performance.now();
    for (let first = queue[0]; first; first = queue[0]) {
      const isSettled = first.tryOnce();
      if (isSettled) queue.shift();
      const isLong = performance.now() - turnBeganMs > HOLD_MAX_MS;
      if (isSettled && !isLong) continue;
      await (isSettled ? yieldToLoop() : pause(randomPauseMs()));
      turnBeganMs = performance.now();
    }
    isServed = false;
  }

  /** Tries a step once. Throws every failure other than a lock of another process. */
  function attempt<T>(operation: string, mode: Mode, step: () => T): Tried<T> {
    if (!database.isOpen) throw new StoreUnavailable(operation, { reason: 'it is closed' });
    try {
      return {
        isDone: true,
        value: refusingAs(operation, () => inTransaction(database, mode, step)),
      };
    } catch (error) {
      if (isBusy(error)) return { isDone: false, busy: error };
      throw error;
    }
  }
}

function randomPauseMs(): number {
  return PAUSE_MIN_MS + PAUSE_SPREAD_MS * Math.random();
}
