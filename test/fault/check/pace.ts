// How soon updates are acknowledged again after the death of a master, and what the other shards
// notice of a fault. What is asserted holds for the service, and not for a machine that is too busy
// to run it: the longer the queue for its processors, the more time is allowed.

import { availableParallelism, loadavg } from 'node:os';
import type { SentUpdate } from '../load/ledger.ts';

/** From the promotion of a replica to the first update that it takes. */
const SERVED_WITHIN_MS = 3000;
/** Without an acknowledged update in shards that no fault struck. */
const HEALTHY_GAP_MAX_MS = 1500;

/** The replacement of a master, on the clock of `performance.now()`. */
export type Replacement = { diedMs: number; replacedMs: number };

export type Recovery = {
  /** From the death to the first update that another master took. */
  totalMs: number;
  /** From the promotion to that update. */
  afterPromotionMs: number;
};

export type Pace = {
  recoveries: readonly Recovery[];
  /** The node timeout: after so long other servers take a silent master for dead. */
  detectedWithinMs: number;
  /** The longest gap of shards that no fault struck; undefined where it says nothing. */
  healthyGapMs: number | undefined;
  /** How many processes there were for each processor, at least 1. */
  slowness: number;
};

/** The recovery after a replacement, from the updates of that shard. */
export function recoveryOf(
  { diedMs, replacedMs }: Replacement,
  updates: readonly SentUpdate[],
): Recovery {
  const times = updates.flatMap(({ acknowledged }) =>
    acknowledged && acknowledged.durability !== 'spooled' && acknowledged.atMs > replacedMs
      ? acknowledged.atMs
      : [],
  );
  const servedMs = Math.min(...times);
  return { totalMs: servedMs - diedMs, afterPromotionMs: servedMs - replacedMs };
}

/** How busy the machine was in the last minute. */
export function slownessNow(): number {
  return Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}

/** What took too long, in words. */
export function tooSlow({ recoveries, detectedWithinMs, healthyGapMs, slowness }: Pace): string[] {
  const check = (what: string, tookMs: number, allowedMs: number) => {
    const maxMs = allowedMs * slowness;
    if (tookMs <= maxMs) return [];
    const [took, max] = [tookMs.toFixed(0), maxMs.toFixed(0)];
    const busy = `${slowness.toFixed(1)} processes a processor`;
    return [`slow: ${what} took ${took} ms, and ${max} are allowed with ${busy}`];
  };
  return [
    ...recoveries.flatMap(({ totalMs, afterPromotionMs }) => [
      ...check('the recovery from a death', totalMs, detectedWithinMs + SERVED_WITHIN_MS),
      ...check('an update after a promotion', afterPromotionMs, SERVED_WITHIN_MS),
    ]),
    ...(healthyGapMs === undefined
      ? []
      : check('a gap of a healthy shard', healthyGapMs, HEALTHY_GAP_MAX_MS)),
  ];
}
