import type { Findings } from '../check/check-round.ts';
import type { RoundResult } from './run-round.ts';

/** What may be seen while one master replaces another, and has passed afterwards. */
const PASSING: readonly (keyof Findings)[] = ['heldTwice', 'staleReads'];
/** What the store itself may cause by losing what it had acknowledged. */
const LOSS: readonly (keyof Findings)[] = [
  'lost',
  'returned',
  'miscounted',
  'overtaken',
  'contradictions',
];

/** What a round found that nothing excuses, in words. With `isLossless` the store may not lose
 * what it had acknowledged either. */
export function forbiddenIn(result: RoundResult, { isLossless = false } = {}): string[] {
  const mayBeLost = new Set(result.mayBeLost);
  const isLossExcused = !isLossless || result.losesReplicated;
  const excused = [...PASSING, ...(isLossExcused ? LOSS : [])];
  const findings = Object.entries(result.findings) as [keyof Findings, string[]][];
  return findings
    .filter(([kind]) => !result.excused.includes(kind))
    .flatMap(([kind, found]) =>
      found
        .filter((each) => !(excused.includes(kind) && mayBeLost.has(each.split(' ')[0] ?? '')))
        .map((each) => `${kind}: ${each}`),
    );
}
