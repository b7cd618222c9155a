// What a write says of time, in the words of the server's own clock. It is made anew for each
// sending and each server, because the offset is known as an interval, and never the same for two
// of them:
//
//   late        after this the server refuses it. Its sender gives it up no earlier, by the slowest
//   offset: so what
//               a caller was told to have failed cannot happen afterwards, wherever the network
//               held it
//   notBefore   earlier than this it cannot have been sent. A server whose clock says less was set
//   back, and its
//               `late` is not to be believed. Also what a lock that is taken is fenced by
//   moment      when the request was received, at the latest: in doubt it came after an erase, and
//   is kept
//   age         how old the request was at sending. The server's now less this is a second,
//   independent bound
//
// Bounds that must lie early are rounded down, those that must lie late are rounded up.

import { type ClockInterval, highAt, lowAt } from './clock-interval.ts';

/** Instants on our monotonic clock, in milliseconds. */
export type Sending = {
  /** When the request arrived. */
  receivedAtMs: number;
  sentAtMs: number;
  /** When its sender stops waiting for this attempt. */
  giveUpAtMs: number;
};

/** Instants on the server's clock, in unix microseconds, and the age in microseconds. */
export type WriteBounds = { lateUs: number; notBeforeUs: number; momentUs: number; ageUs: number };

/** What a write says of time when it is sent to a server whose clock is `interval` ahead of ours. */
export function writeBounds(
  interval: ClockInterval,
  { receivedAtMs, sentAtMs, giveUpAtMs }: Sending,
): WriteBounds {
  return {
    lateUs: Math.floor((giveUpAtMs + lowAt(interval, giveUpAtMs)) * 1000),
    notBeforeUs: Math.floor((sentAtMs + lowAt(interval, sentAtMs)) * 1000),
    momentUs: Math.ceil((receivedAtMs + highAt(interval, receivedAtMs)) * 1000),
    ageUs: Math.floor((sentAtMs - receivedAtMs) * 1000),
  };
}

/** The first argument of a script that writes: `notBefore`, how much later `late` and `moment`
 * are, and the age. As one text, with small numbers, it costs least. */
export function boundsText({ lateUs, notBeforeUs, momentUs, ageUs }: WriteBounds): string {
  return `${notBeforeUs} ${lateUs - notBeforeUs} ${momentUs - notBeforeUs} ${ageUs}`;
}
