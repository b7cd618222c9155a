import type { Receipt } from './service/session-service.ts';

/** How far a clock may be set back before it is believed. NTP corrects by less; a clock that was
 * wrong by more would otherwise stay wrong until it catches up, and its updates would beat those of
 * other sidecars. */
const SET_BACK_MAX_MICROS = 10_000_000n;

/**
 * The clock of this process. Wall time rises strictly: of two requests received in one microsecond,
 * or across a small step back of the system's clock, the later one has the later time, so updates
 * of one process do not tie. A step back of more than ten seconds is followed.
 */
export function createReceive(nowMs: () => number = Date.now): () => Receipt {
  let lastMicros = 0n;
  return () => {
    const nowMicros = BigInt(nowMs()) * 1000n;
    const isBehind = nowMicros <= lastMicros && lastMicros - nowMicros <= SET_BACK_MAX_MICROS;
    lastMicros = isBehind ? lastMicros + 1n : nowMicros;
    return { wallMicros: lastMicros, monotonicMs: performance.now() };
  };
}
