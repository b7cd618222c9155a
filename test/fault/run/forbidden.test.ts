import { expect, test } from 'vitest';
import type { Findings } from '../check/check-round.ts';
import { forbiddenIn } from './forbidden.ts';
import type { RoundResult } from './run-round.ts';

const NOTHING: Findings = {
  ...{ lost: [], falselyReplicated: [], duplicated: [], returned: [], missed: [], applied: [] },
  ...{
    heldTwice: [],
    withoutLock: [],
    miscounted: [],
    overtaken: [],
    durability: [],
    contradictions: [],
  },
  staleReads: [],
};

function resultOf(findings: Partial<Findings>, given: Partial<RoundResult> = {}): RoundResult {
  return {
    ...{ world: 'cluster', faults: [], seed: 1, failovers: 1, excused: [], answers: {} },
    ...{ mayBeLost: [], mayBeMissed: [], losesReplicated: false, isReplacedUnasked: false },
    fillsSpool: false,
    ...{ acknowledged: {}, refused: 0, unknown: 0, dropped: 0, longestGapMs: 0 },
    healthyGapMs: undefined,
    pace: { recoveries: [], detectedWithinMs: 0, healthyGapMs: undefined, slowness: 1 },
    findings: { ...NOTHING, ...findings },
    ...given,
  };
}

test('a lost update is excused in a session of the shard that was struck, and in no other', () => {
  const lost = ['round-kept-1 m1', 'round-kept-2 m2'];
  expect(forbiddenIn(resultOf({ lost }, { mayBeLost: ['round-kept-1'] }))).toEqual([
    'lost: round-kept-2 m2',
  ]);
});

test.each(['duplicated', 'applied', 'durability', 'falselyReplicated'] as const)(
  'nothing excuses what is %s',
  (kind) => {
    const result = resultOf({ [kind]: ['round-kept-1 m1'] }, { mayBeLost: ['round-kept-1'] });
    expect(forbiddenIn(result)).toHaveLength(1);
  },
);

test('where updates are kept, only a conditional one may be lost', () => {
  const mayBeLost = ['round-kept-1', 'round-locked-1'];
  const result = resultOf({ lost: ['round-kept-1 m1', 'round-locked-1 m2'] }, { mayBeLost });
  expect(forbiddenIn(result, { keepsUpdates: true })).toEqual(['lost: round-kept-1 m1']);
});

test('what the spool had no room for may be lost, and what it took may not', () => {
  const lost = [
    'round-kept-1 m1 (acknowledged, stored)',
    'round-kept-1 m2 (acknowledged, spooled)',
  ];
  const given = { mayBeLost: ['round-kept-1'], fillsSpool: true };
  expect(forbiddenIn(resultOf({ lost }, given), { keepsUpdates: true })).toEqual([
    'lost: round-kept-1 m2 (acknowledged, spooled)',
  ]);
});

test('what the replicas had is lost only where the fault takes it from them', () => {
  const given = { mayBeLost: ['round-kept-1'], losesReplicated: true };
  expect(forbiddenIn(resultOf({ falselyReplicated: ['round-kept-1 m1'] }, given))).toEqual([]);
});
