import type { Receipt } from './service/session-service.ts';

/**
 * The clock of this process. Wall time rises strictly: of two requests received in one microsecond, or across
 * a step back of the system's clock, the later one has the later time, so updates of one process never tie.
 */
export function createReceive(nowMs: () => number = Date.now): () => Receipt {
  let lastMicros = 0n;
  return () => {
    const nowMicros = BigInt(nowMs()) * 1000n;
    lastMicros = nowMicros > lastMicros ? nowMicros : lastMicros + 1n;
    return { wallMicros: lastMicros, monotonicMs: performance.now() };
  };
}
