// What is known of a server's clock. A reply that carries the server's time was made between `sent`,
// when its command was sent, and `arrived`, when it arrived, both on our monotonic clock. So the
// offset
//
//   offset = server clock - our monotonic clock
//
// is within [time - arrived, time - sent]. Each reply gives such an interval, and the offset is in
// all of them: their intersection is as narrow as the quickest round trip. Clocks drift, so an
// interval widens with its age. Two intervals that do not overlap prove that one of the clocks was
// set, or stopped while the machine was suspended.

/** The offset lay within [lowMs, highMs] when our clock said `atMs`. */
export type ClockInterval = {
  readonly lowMs: number;
  readonly highMs: number;
  readonly atMs: number;
};

/** By how much each bound moves, as a share of the time that passes. NTP corrects both clocks by at
 * most 500 ppm each. */
const WIDENING = 0.001;

/** The server's time is in whole microseconds, rounded down. */
const TIME_GRAIN_MS = 0.001;

/** The interval that one reply gives for the offset, when it arrives. */
export function sampledInterval(reply: {
  sentMs: number;
  arrivedMs: number;
  serverMs: number;
}): ClockInterval {
  const { sentMs, arrivedMs, serverMs } = reply;
  const sampled = {
    lowMs: serverMs - arrivedMs,
    highMs: serverMs + TIME_GRAIN_MS - sentMs,
    atMs: sentMs,
  };
  return intervalAt(sampled, arrivedMs);
}

/** The interval as it is at another instant of our clock. */
export function intervalAt(interval: ClockInterval, nowMs: number): ClockInterval {
  return { lowMs: lowAt(interval, nowMs), highMs: highAt(interval, nowMs), atMs: nowMs };
}

/** Its lower bound at another instant of our clock. */
export function lowAt({ lowMs, atMs }: ClockInterval, nowMs: number): number {
  return lowMs - Math.abs(nowMs - atMs) * WIDENING;
}

/** Its upper bound, likewise. */
export function highAt({ highMs, atMs }: ClockInterval, nowMs: number): number {
  return highMs + Math.abs(nowMs - atMs) * WIDENING;
}

/** The offsets that are in both intervals; undefined if there are none. */
export function intersection(
  kept: ClockInterval,
  sampled: ClockInterval,
): ClockInterval | undefined {
  const { lowMs, highMs } = intervalAt(kept, sampled.atMs);
  const both = {
    lowMs: Math.max(lowMs, sampled.lowMs),
    highMs: Math.min(highMs, sampled.highMs),
    atMs: sampled.atMs,
  };
  return both.lowMs <= both.highMs ? both : undefined;
}

/** How far apart the bounds are. */
export function widthMs({ lowMs, highMs }: ClockInterval): number {
  return highMs - lowMs;
}
