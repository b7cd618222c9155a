import { expect, test } from 'vitest';
import type { ModelWorld } from '../model-world.ts';
import { createRandom } from '../random.ts';
import { seedOf } from '../seed.ts';
import { runIndexModel } from './run-index-model.ts';

const TIMEOUT_MS = 600_000;
const TTL_MS = 2 * 3_600_000;

/** What each run must have met. */
const MET = [
  'saved',
  'note lost',
  'answer lost',
  'sidecar died',
  'entry lost',
  'erased',
  'user erased',
];

/** Declares a run of the model of the user index on a store. */
export function declareIndexModel(
  { name, steps }: { name: string; steps: number },
  openWorld: () => Promise<ModelWorld> | ModelWorld,
): void {
  test(`a restore by user finds the newest session: ${name}`, { timeout: TIMEOUT_MS }, async () => {
    const world = await openWorld();
    try {
      const met = await runIndexModel(world, {
        random: createRandom(seedOf(name)),
        ...{ steps, ttlMs: TTL_MS },
      });
      expect(Object.keys(met)).toEqual(expect.arrayContaining([...MET, 'found', 'none found']));
    } finally {
      await world.close();
    }
  });
}
