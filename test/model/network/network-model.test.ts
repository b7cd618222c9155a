// The rules against late packets, under every fault, and each of them put back to what it was.

import { Redis } from 'ioredis';
import { describe, expect, inject, test } from 'vitest';
import { createRandom } from '../random.ts';
import { seedOf } from '../seed.ts';
import { FAULTS, type FaultName, faultsOf, isResidue } from './faults.ts';
import { type Broken, NOTHING_BROKEN } from './judge.ts';
import { createModelledStore, type ModelStore } from './modelled-store.ts';
import { OLD_RULES, RULES, type Rules } from './rules.ts';
import { runTrial } from './run-trial.ts';
import { loadScriptedStores } from './scripted-store.ts';

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
/** Some 55 operations each. */
const TRIALS = 200;
/** The scripts only have to do what the modelled store does. */
const TRIALS_ON_REDIS = 60;
const AT_ONCE = 50;
/** Rare ones show after a thousand trials; this seed shows them all. */
const OLD_RULE_TRIALS_MAX = 6000;
const OLD_RULE_SEED = 3;
/** Bounds a run on a machine that is busy with other things. */
const TIMEOUT_MS = 300_000;

type Trials = { seed: number; trials: number; storeOf?: (key: string) => ModelStore };

/** Runs trials under a fault until one breaks something, or all of them. */
async function runTrials(rules: Rules, fault: FaultName, { seed, trials, storeOf }: Trials) {
  let operations = 0;
  for (let first = 0; first < trials; first += AT_ONCE) {
    // Those that wait for a real Redis do so together.
    const some = Array.from({ length: Math.min(AT_ONCE, trials - first) }, async (_, place) => {
      const trial = first + place;
      const store = storeOf?.(`late-packets-${fault}-${trial}`) ?? createModelledStore(rules);
      const random = createRandom(seed + trial * 7919);
      const ran = await runTrial({
        random,
        rules,
        faults: faultsOf(fault),
        store,
        name: `${trial}`,
      });
      await store.close();
      return ran;
    });
    for (const ran of await Promise.all(some)) {
      operations += ran.operations;
      if (isBroken(ran.broken)) return { operations, broken: ran.broken };
    }
  }
  return { operations, broken: NOTHING_BROKEN };
}

/** Runs trials under every fault under which the rules promise everything; answers how much
 * callers asked for. */
async function expectNothingBroken(given: Trials): Promise<number> {
  let operations = 0;
  for (const fault of FAULT_NAMES.filter((name) => !isResidue(name))) {
    const ran = await runTrials(RULES, fault, given);
    expect(ran.broken, fault).toEqual(NOTHING_BROKEN);
    operations += ran.operations;
  }
  return operations;
}

function isBroken(broken: Broken): boolean {
  return Object.values(broken).some((times) => times > 0);
}

describe('the rules against late packets', { timeout: TIMEOUT_MS }, () => {
  test('hold under every fault, over 100 000 operations on the modelled store', async () => {
    const seed = seedOf('late packets, modelled');
    expect(await expectNothingBroken({ seed, trials: TRIALS })).toBeGreaterThan(100_000);
  });

  test('hold under every fault, over 30 000 operations of the scripts', async () => {
    const seed = seedOf('late packets, on Redis');
    const client = new Redis(inject('redisStandalone'));
    try {
      const storeOf = await loadScriptedStores(client);
      const given = { seed, trials: TRIALS_ON_REDIS, storeOf };
      expect(await expectNothingBroken(given)).toBeGreaterThan(30_000);
    } finally {
      client.disconnect();
    }
  });

  test.each(Object.entries(OLD_RULES))(
    '%s: that breaks a promise',
    async (_, { change, shownBy }) => {
      const given = { seed: OLD_RULE_SEED, trials: OLD_RULE_TRIALS_MAX };
      const { broken } = await runTrials({ ...RULES, ...change }, shownBy, given);
      expect(isBroken(broken)).toBe(true);
    },
  );
});
