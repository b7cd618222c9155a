/** The two clocks of a store: the one of the instants in sessions, and the one that ages are
 * measured with. */
export type SqliteClock = {
  /** Unix ms. */
  nowMs(): number;
  /** On the clock of `performance.now()`. */
  nowMonotonicMs(): number;
};

/** The instants of an update, unix ms. */
export type Instants = {
  nowMs: number;
  /** When it was received. */
  momentMs: number;
  /** The earliest at which it can have been received, in whole milliseconds. */
  earliestMs: number;
  /** The latest at which it can have been received: compared with the instant of an erase. */
  latestMs: number;
  /** Of a replay, the earliest at which it can have been received, -Infinity if that is not known;
   * undefined for other updates. */
  replayedFromMs: number | undefined;
};

/** Now, and the moment of an update: now less its age. An update is never from the future. */
export function readClock(
  clock: SqliteClock,
  receivedAtMonotonicMs: number,
  earliestMonotonicMs?: number,
): Instants {
  // The age is read first: a pause between the two readings then makes an update seem younger, so
  // that an update from after an erase never counts as before it. For the same reason a millisecond
  // is added: the clock has whole milliseconds.
  const monotonicMs = clock.nowMonotonicMs();
  const ageMs = Math.max(0, monotonicMs - receivedAtMonotonicMs);
  const nowMs = clock.nowMs();
  const longestMs =
    earliestMonotonicMs === undefined ? undefined : monotonicMs - earliestMonotonicMs;
  return {
    nowMs,
    momentMs: Math.round(nowMs - ageMs),
    earliestMs: Math.floor(nowMs - ageMs),
    latestMs: Math.min(nowMs, nowMs + 1 - ageMs),
    replayedFromMs: longestMs === undefined ? undefined : Math.floor(nowMs - longestMs),
  };
}
