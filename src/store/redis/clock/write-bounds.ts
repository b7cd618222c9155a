// The time bounds of a write, on the server's own clock. They are computed for each attempt and each
// server, because the offset is known as an interval, which differs from server to server:
//
//   late        after this the server refuses the write. It is computed with the lowest offset, so
//               its sender gives the write up no earlier: what was reported to a caller as failed
//               cannot take effect afterwards, even if the network delayed it
//   notBefore   the write cannot have been sent before this. If the server's clock is behind it, the
//               clock was set back, and `late` is void. A lock is fenced by it as well
//   moment      when the request was received, at the latest: where it is not certain that an update
//               came before an erase, it is kept
//   age         how old the request was at sending. The server's time less this is a second,
//               independent bound
//   earliest    of a replay, when it was received at the earliest: where it is not certain that it
//               came after an erase, it is dropped
//
// Bounds that must be early are rounded down, bounds that must be late are rounded up.

import { type ClockInterval, highAt, lowAt } from './clock-interval.ts';

/** Instants on our monotonic clock, in milliseconds. */
export type Sending = {
  /** When the request arrived. */
  receivedAtMs: number;
  sentAtMs: number;
  /** When its sender stops waiting for this attempt. */
  giveUpAtMs: number;
  /** When a replay was received at the earliest; undefined for other requests. */
  earliestMs?: number | undefined;
};

/** Instants on the server's clock, in unix microseconds, and the age in microseconds. */
export type WriteBounds = {
  lateUs: number;
  notBeforeUs: number;
  momentUs: number;
  ageUs: number;
  earliestUs: number | undefined;
};

/** The time bounds of a write that is sent to a server whose clock is `interval` ahead of ours. */
export function writeBounds(
  interval: ClockInterval,
  { receivedAtMs, sentAtMs, giveUpAtMs, earliestMs }: Sending,
): WriteBounds {
  return {
    lateUs: Math.floor((giveUpAtMs + lowAt(interval, giveUpAtMs)) * 1000),
    notBeforeUs: Math.floor((sentAtMs + lowAt(interval, sentAtMs)) * 1000),
    momentUs: Math.ceil((receivedAtMs + highAt(interval, receivedAtMs)) * 1000),
    ageUs: Math.floor((sentAtMs - receivedAtMs) * 1000),
    earliestUs: earliestMs === undefined ? undefined : earliestUsOf(interval, earliestMs),
  };
}

/** The first argument of a script that writes: `notBefore`, how much later `late` and `moment`
 * are, the age, and for a replay how much later `earliest` is. One text with small numbers is the
 * cheapest form. */
export function boundsText(bounds: WriteBounds): string {
  const { lateUs, notBeforeUs, momentUs, ageUs, earliestUs } = bounds;
  const text = `${notBeforeUs} ${lateUs - notBeforeUs} ${momentUs - notBeforeUs} ${ageUs}`;
  return earliestUs === undefined ? text : `${text} ${earliestUs - notBeforeUs}`;
}

/** An instant that is not known is the first of all. */
function earliestUsOf(interval: ClockInterval, earliestMs: number): number {
  const earliestUs = Math.floor((earliestMs + lowAt(interval, earliestMs)) * 1000);
  return Math.max(0, earliestUs);
}
