// What requests leave behind among V8's old objects, held to budgets.ts. An old object that is no
// longer used still keeps young ones, and these become old with it; so a list of requests whose
// parts are linked keeps every later request until the next full collection. So did a session whose
// object literal had an accessor, with all its frames.

import { beforeAll, expect, test } from 'vitest';
import { OLD_BYTES, overBudget } from './budgets.ts';
import { declareCountedService } from './counted-service.ts';

/** Lazy functions are compiled, and caches are filled. */
const WARM_UP_ROUNDS = 20;
const ROUNDS = 30;
const TOGETHER = 16;
const TIMEOUT_MS = 300_000;
/** Sessions that others do not save in. */
const LARGE_FROM = TOGETHER;

const { save, restore, ask } = declareCountedService(['--expose-gc']);

/** The same sessions in every round: what is remembered of a session is not counted. */
async function repeat(work: (session: number) => Promise<void>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: TOGETHER }, (_, session) => work(session)));
    await ask('collect young');
  }
}

beforeAll(async () => {
  for (let session = 0; session < TOGETHER; session++) await save(LARGE_FROM + session, 20_000);
});

test.each([
  ['a save of 1 kB', save],
  ['a restore of 1 kB', restore],
  ['a restore of 20 kB', (session: number) => restore(LARGE_FROM + session)],
] as const)(
  '%s leaves no more old objects than its budget allows',
  { timeout: TIMEOUT_MS },
  async (what, work) => {
    await repeat(work, WARM_UP_ROUNDS);
    const before = await ask('collect all');
    await repeat(work, ROUNDS);
    const after = await ask('collect young');
    const left = (of: 'oldBytes' | 'bufferBytes') =>
      Math.round((after[of] - before[of]) / (ROUNDS * TOGETHER));
    const bytes = {
      'bytes of old objects': left('oldBytes'),
      'bytes of buffers': left('bufferBytes'),
    };
    expect(overBudget(what, bytes, OLD_BYTES[what])).toEqual([]);
  },
);
