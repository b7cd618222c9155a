import { describe, test } from 'vitest';
import { clusterTarget, standaloneTarget } from '../support/redis-store.ts';
import { expectAllMet } from './met-outcomes.ts';
import { createRandom } from './random.ts';
import { createRedisWorld } from './redis-world.ts';
import { runModel } from './run-model.ts';
import { seedOf } from './seed.ts';

const DAY_MS = 86_400_000;

describe('the session model on Redis', () => {
  test.each([
    { kind: 'standalone', target: standaloneTarget, steps: 20_000, withDamage: false },
    { kind: 'cluster', target: clusterTarget, steps: 20_000, withDamage: false },
    { kind: 'standalone', target: standaloneTarget, steps: 5_000, withDamage: true },
  ])(
    '$kind agrees with its oracle over $steps steps, damage: $withDamage',
    { timeout: 300_000 },
    async (run) => {
      const { kind, target, steps, withDamage } = run;
      const random = createRandom(seedOf(`redis ${kind}${withDamage ? ', with damage' : ''}`));
      const world = await createRedisWorld(target());
      const others = withDamage
        ? ['damage: recovered', 'damage: fallback', 'found by user, damaged']
        : ['user erased with a session'];
      try {
        const met = await runModel(world, { random, steps, withDamage, ttlMs: DAY_MS });
        expectAllMet(met, { steps, others });
      } finally {
        await world.close();
      }
    },
  );
});
