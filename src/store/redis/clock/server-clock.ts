import {
  type ClockInterval,
  intersection,
  intervalAt,
  sampledInterval,
  widthMs,
} from './clock-interval.ts';

/** A reply within this time of the last one gives no new information. */
const FRESH_MS = 2;
/** After so long without a reply, the server is asked for its time. */
const IDLE_MS = 10_000;
/** A wider interval is too imprecise to decide what came before and what after. */
const WIDTH_MAX_MS = 50;

/** The clock of the server that one connection leads to. */
export type ServerClock = {
  /** The offset of the server's clock from ours, as it was known last; undefined before the first
   * sample. */
  interval(): ClockInterval | undefined;
  /** Uses the time in a reply. */
  learn(reply: { sentMs: number; arrivedMs: number; serverMs: number }): void;
  /** Whether one of the clocks was set at some time after `instantMs`: earlier measurements are then
   * void. */
  wasSetAfter(instantMs: number): boolean;
  /** Whether the clock was sampled so recently that a reply to a command sent at `sentMs` gives no
   * new information. */
  isFresh(sentMs: number): boolean;
  /** Whether the server should be asked for its time. */
  isSampleDue(nowMs: number): boolean;
};

/** A clock that has not been sampled yet. */
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
