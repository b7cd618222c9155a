import { describe, test } from 'vitest';
import { expectAllMet } from './met-outcomes.ts';
import { createRandom } from './random.ts';
import { runModel } from './run-model.ts';
import { seedOf } from './seed.ts';
import { createSqliteWorld } from './sqlite-world.ts';

const THREE_DAYS_MS = 3 * 86_400_000;

describe('the session model on SQLite', () => {
  test.each([
    { steps: 100_000, withDamage: false, others: ['user erased with a session'] },
    {
      steps: 10_000,
      withDamage: true,
      others: ['damage: recovered', 'damage: fallback', 'found by user, damaged'],
    },
  ])(
    'agrees with its oracle over $steps steps, damage: $withDamage',
    { timeout: 300_000 },
    async (run) => {
      const { steps, withDamage } = run;
      const random = createRandom(seedOf(withDamage ? 'sqlite, with damage' : 'sqlite'));
      const world = createSqliteWorld();
      try {
        const met = await runModel(world, { random, steps, withDamage, ttlMs: THREE_DAYS_MS });
        expectAllMet(met, run);
      } finally {
        await world.close();
      }
    },
  );
});
