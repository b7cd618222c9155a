import { expect } from 'vitest';
import type { Counts } from './model-session.ts';

/** A shorter run may miss the rarest outcomes by chance. */
const STEPS_FOR_ALL = 20_000;
/** What a run must have come to, besides its steps. */
const OUTCOMES = [
  ...['stored', 'known', 'id_reused', 'dropped', 'locked', 'lock_lost'].map(
    (outcome) => `update ${outcome}`,
  ),
  ...['stored', 'known', 'dropped', 'locked', 'conflict'].map(
    (outcome) => `conditional update ${outcome}`,
  ),
  ...['stored', 'known', 'forbidden'].map((outcome) => `replacing update ${outcome}`),
  ...['lock taken', 'lock taken after one that lapsed', 'lock busy', 'lock renewed', 'lock lost'],
  ...['lock lost, having lapsed', 'lock released', 'lock released again'],
  ...['erase done', 'erase of nothing', 'erase repeated', 'erase in conflict'],
  ...['touch', 'touch of nothing', 'touch of an erased session'],
  ...['revision gone back to', 'revision folded', 'revision to come', 'found by user'],
];

/** Expects that every step was taken often, and that every outcome was met, in a short run these
 * others alone. */
export function expectAllMet(
  { taken, outcomes }: { taken: Counts; outcomes: Counts },
  { steps, others }: { steps: number; others: string[] },
): void {
  expect(Object.values(taken).reduce((sum, count) => sum + count, 0)).toBe(steps);
  expect(rarerThan(steps / 1000, taken, Object.keys(taken))).toEqual([]);
  const expected = steps < STEPS_FOR_ALL ? others : [...OUTCOMES, ...others];
  expect(rarerThan(steps / 10_000, outcomes, expected)).toEqual([]);
}

function rarerThan(least: number, counts: Counts, names: string[]): string[] {
  return names
    .filter((name) => (counts[name] ?? 0) < least)
    .map((name) => `${name}: ${counts[name] ?? 0} times`);
}
