// Work that may take for ever, cut off in time. JavaScript cannot interrupt itself, and worker
// threads are not permitted here; but Node can stop a script that it runs by `node:vm`, whatever
// the script is doing: loops, regular expressions, sorting. That takes a native thread for each
// run, 0.1 to 0.2 ms, so work that is known to be quick is better run as it is.
//
// What counts is time on the CPU: on a machine that is overloaded, or a container that is
// throttled, honest work may stand still for long.
//
// Work that is cut off again and again would still take its limit each time. So what it takes is
// booked: the limit shrinks to what has come in since, a small share of all time, and never below a
// limit that is enough for honest work.

import { createContext, Script } from 'node:vm';

export type TimeLimitOptions = {
  /** Most time of one run, CPU ms. */
  maxMs: number;
  /** What a run may always take, CPU ms. */
  leastMs: number;
  /** Share of all time that runs may take which are cut off. */
  share: number;
  nowMs?: () => number;
};

export type TimeLimit = {
  /** What the work returns or throws. Throws OutOfTime if it was cut off; it may have done any
   * part by then, so it is work that changes nothing else. */
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

/** A run that was cut off before it had this share of its limit on the CPU is begun anew, with
 * more time, a few times. */
const SPENT_SHARE = 0.8;
const ATTEMPTS_MAX = 3;

const CALL = new Script('work()');

/** A limit for one kind of work; what is booked is booked for that kind alone. */
export function createTimeLimit({
  maxMs,
  leastMs,
  share,
  nowMs = () => performance.now(),
}: TimeLimitOptions): TimeLimit {
  const place: { work?: () => unknown } = {};
  let context: ReturnType<typeof createContext> | undefined;
  let debtMs = 0;
  let bookedAtMs = nowMs();

  return {
    run<T>(work: () => T): T {
      // Made by who needs one, which is hardly ever: it takes a millisecond and a megabyte.
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
    return Math.max(0, debtMs - (nowMs() - bookedAtMs) * share);
  }

  function outOfTime(limitMs: number, startedMs: number): OutOfTime {
    debtMs = currentDebtMs() + Math.max(limitMs, cpuMs() - startedMs);
    bookedAtMs = nowMs();
    return new OutOfTime(limitMs);
  }
}

/** CPU time of this thread, ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
