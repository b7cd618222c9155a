// Few at a time: work that must not take the place of saving and restoring waits for its turn.

import { Refusal } from '../session/errors.ts';

export type Turns = {
  /** Runs work in its turn, first come, first served. Refuses (`overloaded`) where too many wait
   * already, or the turn does not come before `untilMs`, if that is given, on the clock of
   * `performance.now()`. */
  run<Answer>(work: () => Promise<Answer>, untilMs?: number): Promise<Answer>;
};

/** `atOnce`: how many run; `waitingMax`: how many wait for them at most; `what`: names the work in
 * refusals. */
export function createTurns(options: {
  atOnce: number;
  waitingMax: number;
  what: string;
  nowMonotonicMs: () => number;
}): Turns {
  const { atOnce, waitingMax, what, nowMonotonicMs } = options;
  const waiting = new Set<() => void>();
  let running = 0;

  return {
    async run(work, untilMs) {
      if (running >= atOnce) await turn(untilMs);
      else running += 1;
      try {
        return await work();
      } finally {
        // Work that ends hands its place to the next, so that no other can take it in between.
        const [next] = waiting;
        if (next) next();
        else running -= 1;
      }
    },
  };

  function turn(untilMs: number | undefined): Promise<void> {
    if (waiting.size >= waitingMax) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = () => {
      clearTimeout(timer);
      waiting.delete(begin);
      resolve();
    };
    const giveUp = () => {
      waiting.delete(begin);
      reject(tooMany());
    };
    const timer =
      untilMs === undefined
        ? undefined
        : setTimeout(giveUp, Math.max(0, untilMs - nowMonotonicMs())).unref();
    waiting.add(begin);
    return promise;
  }

  function tooMany(): Refusal {
    const message = `${atOnce} ${what} are under way, and others wait: try again in a second`;
    return new Refusal('overloaded', message, { facts: { retryAfterMs: 1000 } });
  }
}
