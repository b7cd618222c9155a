// When spooled updates were received. The age of one that this process spooled, or that was spooled
// since the machine started, is known. Of any other it is only known that it is older than this
// process: it is kept, but every erase that is still remembered wins over it.

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

export function createMoments(bootClock: BootClock, nowMonotonicMs: () => number): Moments {
  return { of, ageOf, replayed };

  function of(receipt: Receipt, byStore: ReceivedMoment['byStore']): ReceivedMoment {
    const agoMs = nowMonotonicMs() - receipt.monotonicMs;
    const wallMs = Number(receipt.wallMicros / 1000n);
    return { ...instantBefore(bootClock(), agoMs), wallMs, byStore };
  }

  function ageOf({ received, foundAtMs }: WaitingUpdate): Age {
    const known = ageBetween(received, bootClock());
    if (known) return known;
    return { leastMs: Math.max(0, nowMonotonicMs() - foundAtMs), mostMs: Number.POSITIVE_INFINITY };
  }

  function replayed(update: WaitingUpdate) {
    const { leastMs, mostMs } = ageOf(update);
    const nowMs = nowMonotonicMs();
    return { receivedAtMonotonicMs: nowMs - leastMs, earliestMonotonicMs: nowMs - mostMs };
  }
}
