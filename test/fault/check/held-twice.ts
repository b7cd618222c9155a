import type { HeldTime } from '../load/ledger.ts';

/** Times in which two callers held the lock of one session, in words. */
export function heldTwice(held: readonly HeldTime[]): string[] {
  const sorted = [...held].sort((one, other) => one.fromMs - other.fromMs);
  // The time of each session that ends last so far.
  const latest = new Map<string, HeldTime>();
  return sorted.flatMap((time) => {
    const { sessionId, token, fromMs, untilMs } = time;
    const before = latest.get(sessionId);
    if (before === undefined || untilMs > before.untilMs) latest.set(sessionId, time);
    if (before === undefined || fromMs >= before.untilMs) return [];
    const ms = (Math.min(before.untilMs, untilMs) - fromMs).toFixed(1);
    return [`${sessionId} was locked by ${before.token} and ${token} for ${ms} ms`];
  });
}
