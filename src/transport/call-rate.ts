// How many calls a caller makes in a second, where its secret sets a limit: a bucket of one second's
// calls, refilled steadily.

import type { Caller } from '../session/caller.ts';
import { Refusal } from '../session/errors.ts';

type Bucket = { calls: number; filledAtMs: number };

/** Refuses (`rate_limited`) a call beyond its caller's rate. */
export type CheckCallRate = (caller: Caller) => void;

/** The rates of all callers, on whatever listener they call. Callers are told apart by name, so an
 * exchanged secret keeps its caller's count. */
export function createCallRate(nowMs: () => number = () => performance.now()): CheckCallRate {
  const buckets = new Map<string, Bucket>();

  return function checkRate({ name, callsPerSecond }) {
    if (callsPerSecond === undefined) return;
    const room = Math.max(1, callsPerSecond);
    const now = nowMs();
    const bucket = buckets.get(name) ?? { calls: room, filledAtMs: now };
    const refilled = ((now - bucket.filledAtMs) * callsPerSecond) / 1000;
    const calls = Math.min(room, bucket.calls + refilled);
    const isWithin = calls >= 1;
    buckets.set(name, { calls: isWithin ? calls - 1 : calls, filledAtMs: now });
    if (isWithin) return;
    throw new Refusal(
      'rate_limited',
      `the caller ${name} may make ${callsPerSecond} calls a second`,
      { facts: { retryAfterMs: ((1 - calls) * 1000) / callsPerSecond } },
    );
  };
}
