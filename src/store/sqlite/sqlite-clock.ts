/** The two clocks of a store: the one that sessions know, and the one that ages are measured with. */
export type SqliteClock = {
  /** Unix ms. */
  nowMs(): number;
  /** On the clock of `performance.now()`. */
  nowMonotonicMs(): number;
};

/** Now, and the moment of an update: now less its age. An update is never from the future. */
export function readClock(clock: SqliteClock, receivedAtMonotonicMs: number) {
  const nowMs = clock.nowMs();
  const ageMs = Math.max(0, clock.nowMonotonicMs() - receivedAtMonotonicMs);
  return { nowMs, momentMs: Math.round(nowMs - ageMs) };
}
