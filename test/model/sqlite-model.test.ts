import { describe, expect, test } from 'vitest';
import { createRandom } from './random.ts';
import { runModel } from './run-model.ts';
import { seedOf } from './seed.ts';
import { createSqliteWorld } from './sqlite-world.ts';

const STEPS = 100_000;
const THREE_DAYS_MS = 3 * 86_400_000;

describe('the session model on SQLite', () => {
  test(`agrees with its oracle over ${STEPS} steps`, { timeout: 300_000 }, async () => {
    const world = createSqliteWorld();
    const counts = await runModel(world, {
      random: createRandom(seedOf('sqlite')),
      steps: STEPS,
      ttlMs: THREE_DAYS_MS,
    });
    await world.close();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(STEPS);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(STEPS / 1000);
  });
});
