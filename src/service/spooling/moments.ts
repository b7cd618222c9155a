// When spooled updates were received. The age of one that this process spooled, or that was spooled
// since the machine started, is known. So is that of another one if two clocks agree, that of the
// store's server and that of this machine: each may have been set, but not by the same. Of any
// other it is only known that it is older than this process: it is kept, but every erase that is
// still remembered wins over it.

import type { SessionStore } from '../../store/session-store.ts';
import type { Receipt } from '../session-service.ts';
import { type Age, ageBetween, type BootClock, instantBefore } from './boot-clock.ts';
import type { ReceivedMoment } from './row-codec.ts';
import type { WaitingUpdate } from './waiting-updates.ts';

export type Moments = {
  /** The moment of a request. `byStore`: the same by the clock of the store's server. */
  of(receipt: Receipt, byStore: ReceivedMoment['byStore']): ReceivedMoment;
  /** How long ago a spooled update was received. */
  ageOf(update: WaitingUpdate): Age;
  /** When it was received, on the clock of `performance.now()`, as stores take it of a replay. */
  replayed(update: WaitingUpdate): { receivedAtMonotonicMs: number; earliestMonotonicMs: number };
};

/** By how much two clocks may differ that agree, and how far they drift apart, as a share of the
 * time that passes. */
const AGREE_MS = 1000;
const DRIFT = 0.001;

export type MomentClocks = {
  bootClock: BootClock;
  nowMonotonicMs: () => number;
  nowWallMs: () => number;
  /** An instant of the monotonic clock by the clock of the store's server. */
  byStore: SessionStore['momentOf'];
};

export function createMoments(clocks: MomentClocks): Moments {
  const { bootClock, nowMonotonicMs, nowWallMs } = clocks;
  return { of, ageOf, replayed };

  function of(receipt: Receipt, byStore: ReceivedMoment['byStore']): ReceivedMoment {
    const agoMs = nowMonotonicMs() - receipt.monotonicMs;
    const wallMs = Number(receipt.wallMicros / 1000n);
    return { ...instantBefore(bootClock(), agoMs), wallMs, byStore };
  }

  function ageOf(update: WaitingUpdate): Age {
    const known = ageBetween(update.received, bootClock()) ?? ageByStore(update);
    const leastMs = Math.max(0, nowMonotonicMs() - update.foundAtMs);
    if (known && known.mostMs >= leastMs) return known;
    return { leastMs, mostMs: Number.POSITIVE_INFINITY };
  }

  function ageByStore({ sessionId, received }: WaitingUpdate): Age | undefined {
    const then = received.byStore;
    const now = then && clocks.byStore(sessionId, nowMonotonicMs());
    if (!then || !now) return undefined;
    const [leastMs, mostMs] = [now.earliestMs - then.latestMs, now.latestMs - then.earliestMs];
    const wallAgeMs = nowWallMs() - received.wallMs;
    if (Math.abs(wallAgeMs - leastMs) > AGREE_MS + Math.abs(leastMs) * DRIFT) return undefined;
    return { leastMs: Math.min(leastMs, wallAgeMs), mostMs: Math.max(mostMs, wallAgeMs) };
  }

  function replayed(update: WaitingUpdate) {
    const { leastMs, mostMs } = ageOf(update);
    const nowMs = nowMonotonicMs();
    return { receivedAtMonotonicMs: nowMs - leastMs, earliestMonotonicMs: nowMs - mostMs };
  }
}
