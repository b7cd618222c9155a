// The fault workload as a test: few faults, and what it asserts holds on a busy machine.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkOutReleased } from '../../e2e/mixed-versions/released-version.ts';
import { faultNamed } from '../faults/all-faults.ts';
import type { World, WorldKind } from '../world/world.ts';
import { durabilitiesOf, keepsUpdates } from './durabilities.ts';
import { forbiddenIn } from './forbidden.ts';
import { tableOf } from './report.ts';
import { runRound } from './run-round.ts';
import { startWorld } from './start-world.ts';

const SIDECARS = 2;

/** Declares a round for each of these faults; those joined by + strike together. The sidecars have
 * these settings. */
export function declareFaults(
  kind: WorldKind,
  names: readonly string[],
  settings: Record<string, string> = {},
): void {
  const durabilities = durabilitiesOf(settings);
  vi.setConfig({ testTimeout: 300_000 });
  const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`fault workload on ${kind}: FAULT_SEED=${seed}\n`);

  describe(`under load on ${kind}, nothing is lost but what the store lost`, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld(kind, { sidecars: SIDECARS, settings });
    });
    afterAll(() => world?.stop());

    test.each([...names.entries()])('%i %s', async (number, name) => {
      const faults = name.split('+').map(faultNamed);
      const round = { number, seed: seed + number, faults };
      const result = await runRound(world, round, { former: checkOutReleased, durabilities });
      process.stdout.write(tableOf([result]));
      expect(forbiddenIn(result, { keepsUpdates: keepsUpdates(settings) })).toEqual([]);
      expect(Object.keys(result.acknowledged)).toContain(settings.DURABILITY ?? 'stored');
    });
  });
}
