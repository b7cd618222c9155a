// The rules by which sidecars offer again what a failover lost, and each of them left out.

import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { seedOf } from '../seed.ts';
import { type Finding, RULES, type Rules, WITHOUT_RULES } from './rules.ts';
import { runTrial } from './run-trial.ts';

/** Some 45 acknowledged updates and one to three failovers each. */
const TRIALS = 400;
/** Rare ones show after some hundred trials; this seed shows them all. */
const SEED_WITHOUT = 1;
const TRIALS_WITHOUT_MAX = 1500;

type Found = Partial<Record<Finding, number>>;

/** Runs trials until one finds `breaks`, or anything if it is not given; answers what was found
 * last, and how many updates were acknowledged. */
async function runTrials(
  rules: Rules,
  { seed, trials, breaks }: { seed: number; trials: number; breaks?: Finding },
): Promise<{ found: Found; acked: number }> {
  let acked = 0;
  for (let trial = 0; trial < trials; trial++) {
    const ran = await runTrial({ random: createRandom(seed + trial * 7919), rules });
    acked += ran.acked;
    const isBroken = breaks === undefined ? Object.keys(ran.found).length > 0 : ran.found[breaks];
    if (isBroken) return { found: ran.found, acked };
  }
  return { found: {}, acked };
}

describe('what a failover lost', () => {
  test(`is offered again, and nothing else changes, in ${TRIALS} trials`, async () => {
    const seed = seedOf('echo');
    const { found, acked } = await runTrials(RULES, { seed, trials: TRIALS });
    expect(found).toEqual({});
    expect(acked).toBeGreaterThan(25 * TRIALS);
  });

  test.each(Object.entries(WITHOUT_RULES))('without a rule (%s) is not', async (_, left) => {
    const { change, breaks } = left;
    const given = { seed: SEED_WITHOUT, trials: TRIALS_WITHOUT_MAX, breaks };
    const { found } = await runTrials({ ...RULES, ...change }, given);
    expect(found[breaks]).toBeGreaterThan(0);
  });
});
