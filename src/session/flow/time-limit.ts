// A time limit for work that may take forever. JavaScript cannot interrupt itself, and worker
// threads are not permitted here; but Node can stop a script that runs in `node:vm`, whatever the
// script is doing: loops, regular expressions, sorting. That starts a native thread for each run,
// 0.1 to 0.2 ms, so work that is known to be quick should run without it.
//
// What counts is CPU time: on an overloaded machine, or in a throttled container, harmless work may
// be paused for long.
//
// Work that is cut off again and again would still take its full limit each time. So the time it
// took is recorded as a debt, which is paid off by a small share of all time. The debt reduces the
// limit, but never below a limit that is enough for harmless work.

import { createContext, Script } from 'node:vm';

export type TimeLimitOptions = {
  /** Most time of one run, CPU ms. */
  maxMs: number;
  /** What every run may take, CPU ms. */
  leastMs: number;
  /** Largest share of all time for runs that are cut off. */
  share: number;
  nowMs?: () => number;
};

export type TimeLimit = {
  /** Returns or throws what the work does. Throws OutOfTime if the work was cut off, which may be
   * anywhere: the work must not change anything outside. */
  run<T>(work: () => T): T;
};

/** Work was cut off. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`the work took more than ${limitMs} ms`);
    this.limitMs = limitMs;
  }
}

/** A run that was cut off before it had this share of its limit in CPU time is repeated, with more
 * time, a few times. */
const SPENT_SHARE = 0.8;
const ATTEMPTS_MAX = 3;

const CALL = new Script('work()');

/** A limit for one kind of work. The debt is of that kind alone. */
export function createTimeLimit({
  maxMs,
  leastMs,
  share,
  nowMs = () => performance.now(),
}: TimeLimitOptions): TimeLimit {
  const place: { work?: () => unknown } = {};
  let context: ReturnType<typeof createContext> | undefined;
  let debtMs = 0;
  let debtAtMs = nowMs();

  return {
    run<T>(work: () => T): T {
      // Created at the first use, which is rare: it takes a millisecond and a megabyte.
      context ??= createContext(place);
      const limitMs = Math.round(Math.max(leastMs, maxMs - currentDebtMs()));
      place.work = work;
      const startedMs = cpuMs();
      try {
        for (let attempt = 1; ; attempt++) {
          const attemptedMs = cpuMs();
          try {
            return CALL.runInContext(context, { timeout: attempt * limitMs }) as T;
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT')
              throw error;
            const isSpent = cpuMs() - attemptedMs >= SPENT_SHARE * limitMs;
            if (isSpent || attempt === ATTEMPTS_MAX) throw outOfTime(limitMs, startedMs);
          }
        }
      } finally {
        delete place.work;
      }
    },
  };

  function currentDebtMs(): number {
    return Math.max(0, debtMs - (nowMs() - debtAtMs) * share);
  }

  function outOfTime(limitMs: number, startedMs: number): OutOfTime {
    debtMs = currentDebtMs() + Math.max(limitMs, cpuMs() - startedMs);
    debtAtMs = nowMs();
    return new OutOfTime(limitMs);
  }
}

/** CPU time of this thread, ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
