import { describe, expect, test } from 'vitest';
import { clusterTarget, standaloneTarget } from '../support/redis-store.ts';
import { createRandom } from './random.ts';
import { createRedisWorld } from './redis-world.ts';
import { runModel } from './run-model.ts';
import { seedOf } from './seed.ts';

const STEPS = 20_000;
const DAY_MS = 86_400_000;

describe('the session model on Redis', () => {
  test.each([
    ['standalone', standaloneTarget],
    ['cluster', clusterTarget],
  ])(`%s agrees with its oracle over ${STEPS} steps`, { timeout: 300_000 }, async (kind, target) => {
    const world = await createRedisWorld(target());
    const counts = await runModel(world, {
      random: createRandom(seedOf(`redis ${kind}`)),
      steps: STEPS,
      ttlMs: DAY_MS,
    });
    await world.close();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(STEPS);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(STEPS / 1000);
  });
});
