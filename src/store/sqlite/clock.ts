/** The two clocks of a store: the one that sessions know, and the one that ages are measured
 * with. */
export type SqliteClock = {
  /** Unix ms. */
  nowMs(): number;
  /** On the clock of `performance.now()`. */
  nowMonotonicMs(): number;
};

/** What an update says of time, unix ms. */
export type Instants = {
  nowMs: number;
  /** When it was received. */
  momentMs: number;
  /** The earliest at which it can have been received, in whole milliseconds. */
  earliestMs: number;
  /** The latest at which it can have been received, as erases judge it. */
  latestMs: number;
};

/** Now, and the moment of an update: now less its age. An update is never from the future. */
export function readClock(clock: SqliteClock, receivedAtMonotonicMs: number): Instants {
  // The age first: a pause between the two makes an update younger than it is, and never lets one
  // that came after an erase count as before it. So does the part of a millisecond that the clock
  // does not tell.
  const ageMs = Math.max(0, clock.nowMonotonicMs() - receivedAtMonotonicMs);
  const nowMs = clock.nowMs();
  return {
    nowMs,
    momentMs: Math.round(nowMs - ageMs),
    earliestMs: Math.floor(nowMs - ageMs),
    latestMs: Math.min(nowMs, nowMs + 1 - ageMs),
  };
}
