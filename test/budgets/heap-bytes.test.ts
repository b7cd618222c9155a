// What the service allocates for a request, held to budgets.ts.

import { expect, test } from 'vitest';
import { HEAP_BYTES, overBudget } from './budgets.ts';
import { declareCountedService } from './counted-service.ts';

/** Lazy functions are compiled, and caches are filled. */
const WARM_UP_REQUESTS = 100;
/** With fewer, what V8 gives out in one piece counts. */
const REQUESTS = 200;
/** The least is taken: work in the background only adds. */
const BATCHES = 4;
/** Bounds what is broken, not what is slow: the machine may be busy. */
const TIMEOUT_MS = 300_000;

const { save, restore, ask } = declareCountedService();
let saves = 0;

async function repeat(work: () => Promise<void>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await work();
}

test.each([
  // Each begins a session.
  ['a save of 1 kB', () => save(saves++)],
  ['a restore of 1 kB', () => restore(0)],
] as const)(
  '%s allocates no more than its budget allows',
  { timeout: TIMEOUT_MS },
  async (what, work) => {
    await repeat(work, WARM_UP_REQUESTS);
    const counts: number[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      const before = (await ask('count')).bytes;
      await repeat(work, REQUESTS);
      counts.push(((await ask('count')).bytes - before) / REQUESTS);
    }
    const bytes = { 'bytes of heap': Math.round(Math.min(...counts)) };
    expect(overBudget(what, bytes, HEAP_BYTES[what])).toEqual([]);
  },
);
