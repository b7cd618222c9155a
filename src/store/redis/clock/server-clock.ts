import {
  type ClockInterval,
  intersection,
  intervalAt,
  sampledInterval,
  widthMs,
} from './clock-interval.ts';

/** Replies that come as closely as this say the same. */
const FRESH_MS = 2;
/** Without a reply for so long, the server is asked for its time. */
const IDLE_MS = 10_000;
/** A wider interval is not good enough to tell before from after. */
const WIDTH_MAX_MS = 50;

/** The clock of the server at the other end of one connection. */
export type ServerClock = {
  /** The offset of the server's clock from ours, as it was known last; undefined before the first
   * sample. */
  interval(): ClockInterval | undefined;
  /** Takes what a reply says. */
  learn(reply: { sentMs: number; arrivedMs: number; serverMs: number }): void;
  /** Whether one of the clocks was set at some time after `instantMs`: what was measured before
   * says nothing. */
  wasSetAfter(instantMs: number): boolean;
  /** Whether it was sampled so recently that a reply to what was sent then would teach nothing. */
  isFresh(sentMs: number): boolean;
  /** Whether the server should be asked for its time. */
  isSampleDue(nowMs: number): boolean;
};

/** A clock of which nothing is known yet. */
export function createServerClock(): ServerClock {
  let kept: ClockInterval | undefined;
  let noticedSetMs = Number.NEGATIVE_INFINITY;

  return {
    interval: () => kept,
    learn(reply) {
      const sampled = sampledInterval(reply);
      const both = kept ? intersection(kept, sampled) : sampled;
      if (both === undefined) noticedSetMs = reply.arrivedMs;
      kept = both ?? sampled;
    },
    isFresh: (sentMs) => kept !== undefined && sentMs - kept.atMs < FRESH_MS,
    wasSetAfter: (instantMs) => instantMs < noticedSetMs,
    isSampleDue(nowMs) {
      if (kept === undefined) return true;
      return nowMs - kept.atMs >= IDLE_MS || widthMs(intervalAt(kept, nowMs)) > WIDTH_MAX_MS;
    },
  };
}
