// The model of a store, each run in a file of its own, so that they run side by side.

import { describe, test } from 'vitest';
import { expectAllMet } from './met-outcomes.ts';
import type { ModelWorld } from './model-world.ts';
import { createRandom } from './random.ts';
import { runModel } from './run-model.ts';
import { seedOf } from './seed.ts';

/** Bounds a run on a machine that is busy with other things. */
const TIMEOUT_MS = 900_000;

type Model = {
  /** That no other run has. */
  name: string;
  steps: number;
  withDamage?: boolean;
  /** The life of a session, ms. */
  ttlMs: number;
};

/** Declares a run of the model on a store. */
export function declareModel(
  { name, steps, withDamage = false, ttlMs }: Model,
  openWorld: () => Promise<ModelWorld> | ModelWorld,
): void {
  describe(`the session model on ${name}`, () => {
    test(`agrees with its oracle over ${steps} steps`, { timeout: TIMEOUT_MS }, async () => {
      const random = createRandom(seedOf(name));
      const world = await openWorld();
      const others = withDamage
        ? ['damage: recovered', 'damage: fallback', 'found by user, damaged']
        : ['user erased with a session'];
      try {
        const met = await runModel(world, { random, steps, withDamage, ttlMs });
        expectAllMet(met, { steps, others });
      } finally {
        await world.close();
      }
    });
  });
}
