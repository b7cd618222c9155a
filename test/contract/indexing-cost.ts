// Contract: a call of a user's index costs the same however many sessions the user has.

import { describe, expect, it } from 'vitest';
import { newSessionId, receivedAgo, type StoreUnderTest } from './store-under-test.ts';

const SESSIONS = 10_000;
const AT_ONCE = 500;
const CALLS = 200;

export function describeIndexingCost(tested: () => StoreUnderTest): void {
  const note = (userId: string) =>
    tested().store.index({
      userId,
      sessionId: newSessionId(),
      eventMs: Date.now(),
      receivedAtMonotonicMs: receivedAgo(0),
      ttlMs: 600_000,
    });

  describe('index()', () => {
    it(`costs the same for a user with ${SESSIONS} sessions as for one with none`, async () => {
      const crowded = newSessionId();
      for (let count = 0; count < SESSIONS; count += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => note(crowded)));
      }
      const timesMs: Record<'crowded' | 'empty', number[]> = { crowded: [], empty: [] };
      // In turn, so that a busy machine slows both alike.
      for (let call = 0; call < CALLS; call++) {
        timesMs.crowded.push(await millisecondsOf(() => note(crowded)));
        timesMs.empty.push(await millisecondsOf(() => note(newSessionId())));
      }
      // Looking at each of the user's entries makes it some 14 times dearer.
      expect(medianOf(timesMs.crowded) / medianOf(timesMs.empty)).toBeLessThan(2);
    }, 60_000);
  });
}

async function millisecondsOf(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await call();
  return performance.now() - startedMs;
}

function medianOf(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
