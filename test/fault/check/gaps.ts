import type { SentUpdate } from '../load/ledger.ts';

/** The longest time without an acknowledged update in a span of time, ms. */
export function longestGapMs(
  updates: readonly SentUpdate[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): number {
  const times = updates
    .flatMap(({ acknowledged }) => acknowledged?.atMs ?? [])
    .filter((atMs) => atMs > fromMs && atMs < untilMs)
    .sort((one, other) => one - other);
  let longestMs = 0;
  let beforeMs = fromMs;
  for (const atMs of [...times, untilMs]) {
    longestMs = Math.max(longestMs, atMs - beforeMs);
    beforeMs = atMs;
  }
  return longestMs;
}
