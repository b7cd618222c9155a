// Contract: noting a session, and reading a page, cost the same however many sessions the user has.

import { describe, expect, it } from 'vitest';
import { newSessionId, receivedAgo, type StoreUnderTest } from './store-under-test.ts';

const SESSIONS = 10_000;
const AT_ONCE = 500;
const TURNS = 200;

export function describeIndexingCost(tested: () => StoreUnderTest): void {
  const note = (userId: string) =>
    tested().store.index({
      userId,
      sessionId: newSessionId(),
      eventMs: Date.now(),
      receivedAtMonotonicMs: receivedAgo(0),
      ttlMs: 600_000,
    });

  const page = (userId: string) => tested().store.userSessions(userId, { offset: 0, limit: 1 });

  describe('the index of a user', () => {
    it(`costs the same for a user with ${SESSIONS} sessions as for one with a single one`, async () => {
      const crowded = newSessionId();
      for (let count = 0; count < SESSIONS; count += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => note(crowded)));
      }
      for (const call of [note, page]) {
        const timesMs: Record<'crowded' | 'single', number[]> = { crowded: [], single: [] };
        // In turn, so that a busy machine slows both alike.
        for (let turn = 0; turn < TURNS; turn++) {
          const single = newSessionId();
          if (call === page) await note(single);
          timesMs.crowded.push(await millisecondsOf(() => call(crowded)));
          timesMs.single.push(await millisecondsOf(() => call(single)));
        }
        // Looking at each of the entries makes a call some 15 times dearer; a busy machine, twice.
        expect(medianOf(timesMs.crowded) / medianOf(timesMs.single), call.name).toBeLessThan(4);
      }
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
