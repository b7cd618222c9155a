// What the service may cost, in numbers that are the same in every run and on every machine: counts
// and bytes, never times. Who adds to one of them raises its limit here, on purpose, in the commit
// that adds it.

import { expect } from 'vitest';

/** Upper limits. */
const BUDGET = {
  'modules of src/ that a start on SQLite loads': 262,
  'modules of packages that a start on SQLite loads': 230,
  'modules of src/ that a start on Redis loads': 270,
  'modules of packages that a start on Redis loads': 290,
  'bytes of src/ in main.cjs': 485_000,
  'bytes of packages in main.cjs': 1_300_000,
  'bytes of repair.cjs': 540_000,
  'bytes of check-flows.cjs': 470_000,
};

/** Below this share of its limit a number has become so small that the limit would miss most of
 * what is added next. */
const LOOSE_BELOW = 0.8;
const PARTS_NAMED = 8;

export type Budgeted = keyof typeof BUDGET;

/** Fails if a number, the sum of these parts, exceeds its limit, or is far below it. */
export function expectWithinBudget(what: Budgeted, parts: ReadonlyMap<string, number>): void {
  const actual = parts.values().reduce((sum, part) => sum + part, 0);
  expect(actual, `${what}: nothing was counted`).toBeGreaterThan(0);
  const complaint = complaintAbout(what, { actual, limit: BUDGET[what], parts });
  expect(complaint, complaint).toBeUndefined();
}

/** What is wrong with a number, in a sentence; undefined if nothing is. */
export function complaintAbout(
  what: string,
  counted: { actual: number; limit: number; parts: ReadonlyMap<string, number> },
): string | undefined {
  const { actual, limit } = counted;
  if (actual > limit) {
    const most = [...counted.parts].sort(([, one], [, other]) => other - one).slice(0, PARTS_NAMED);
    const shown = most.map(([name, part]) => `${name} ${part}`).join(', ');
    return (
      `${what}: ${actual}, and the limit is ${limit}. Most of it: ${shown}. ` +
      'What is not needed at the start can be imported where it is first used, by import(). ' +
      `If the growth is worth it, raise the limit to ${actual} in test/budget/budget.ts.`
    );
  }
  if (actual < limit * LOOSE_BELOW)
    return `${what}: ${actual}, far below the limit. Lower it to ${actual} in test/budget/budget.ts.`;
  return undefined;
}
