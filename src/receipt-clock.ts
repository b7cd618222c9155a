import type { Receipt } from './service/session-service.ts';

/** Smaller steps back of the system's clock are not followed. NTP corrects by less. A clock that
 * was wrong by more must be followed: otherwise this process would stay ahead of the other sidecars
 * until its clock catches up, and its updates would win over theirs. */
const SET_BACK_MAX_MICROS = 10_000_000n;

/**
 * The clock that gives each received request its time of receipt. Wall time rises strictly: of two
 * requests received in one microsecond, or across a small step back of the system's clock, the
 * later one has the later time, so two updates of one process never have the same time. A step back
 * of more than ten seconds is followed.
 */
export function createReceiptClock(nowMs: () => number = Date.now): () => Receipt {
  let lastMicros = 0n;
  return () => {
    const nowMicros = BigInt(nowMs()) * 1000n;
    const isBehind = nowMicros <= lastMicros && lastMicros - nowMicros <= SET_BACK_MAX_MICROS;
    lastMicros = isBehind ? lastMicros + 1n : nowMicros;
    return { wallMicros: lastMicros, monotonicMs: performance.now() };
  };
}
