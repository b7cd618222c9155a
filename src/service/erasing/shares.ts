import { setImmediate as yieldToLoop } from 'node:timers/promises';

export type Shares = {
  /** Runs a step when its turn has come: first come, first served. */
  take(step: () => Promise<unknown>): Promise<void>;
};

/** Lets `atOnce` pieces of background work run at one time. The event loop gets a turn after each
 * of them, so that requests come in between. */
export function createShares(atOnce: number): Shares {
  const waiting: (() => void)[] = [];
  let free = atOnce;

  return {
    async take(step) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        await step();
        await yieldToLoop();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
