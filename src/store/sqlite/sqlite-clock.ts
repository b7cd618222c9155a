/** The two clocks of a store: the one that sessions know, and the one that ages are measured with. */
export type SqliteClock = {
  /** Unix ms. */
  nowMs(): number;
  /** On the clock of `performance.now()`. */
  nowMonotonicMs(): number;
};

/** Now, and the moment of an update: now less its age. An update is never from the future. */
export function readClock(clock: SqliteClock, receivedAtMonotonicMs: number) {
  // The age first: a pause between the two makes an update younger than it is, and never lets one that came
  // after an erase count as before it.
  const ageMs = Math.max(0, clock.nowMonotonicMs() - receivedAtMonotonicMs);
  const nowMs = clock.nowMs();
  return { nowMs, momentMs: Math.round(nowMs - ageMs) };
}
