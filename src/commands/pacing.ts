// How a command goes through a whole store: no faster than it may, and through failovers.

import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../store/session-store.ts';

const TRY_AGAIN_AFTER_MS = 200;
/** Longer than a failover takes. */
const GIVE_UP_AFTER_MS = 60_000;

/** Calls again what a store did not answer; undefined if it was aborted meanwhile. */
export function createPatience(
  signal: AbortSignal,
): <Answer>(call: () => Promise<Answer>) => Promise<Answer | undefined> {
  let succeededMs = performance.now();
  return async (call) => {
    for (;;) {
      try {
        const answer = await call();
        succeededMs = performance.now();
        return answer;
      } catch (error) {
        const mayPass = error instanceof StoreUnavailable && !error.refusal?.isLasting;
        const isTooLong = performance.now() - succeededMs > GIVE_UP_AFTER_MS;
        if (!mayPass || isTooLong) throw error;
        if (signal.aborted) return undefined;
        await pause(TRY_AGAIN_AFTER_MS);
      }
    }
  };
}

/** Spreads work over time: so many pieces per second, whatever was taken before. */
export function createSlots(perSecond: number): {
  take(count: number, signal: AbortSignal): Promise<void>;
} {
  let freeAtMs = performance.now();
  return {
    async take(count, signal) {
      const nowMs = performance.now();
      const startMs = Math.max(freeAtMs, nowMs);
      freeAtMs = startMs + (count / perSecond) * 1000;
      if (startMs > nowMs) await pause(startMs - nowMs, undefined, { signal }).catch(() => {});
    },
  };
}
