import type { Findings } from '../check/check-round.ts';
import type { RoundResult } from './run-round.ts';

/** What the store itself may cause by losing what it had acknowledged. */
const RESIDUE: readonly (keyof Findings)[] = [
  'lost',
  'returned',
  'heldTwice',
  'miscounted',
  'overtaken',
  'contradictions',
  'staleReads',
];

/** What a round found that nothing excuses, in words. With `isLossless` nothing that was
 * acknowledged may be lost by the store either. */
export function forbiddenIn(result: RoundResult, { isLossless = false } = {}): string[] {
  const excused = [...result.excused, ...(result.mayLose && !isLossless ? RESIDUE : [])];
  const findings = Object.entries(result.findings) as [keyof Findings, string[]][];
  return findings
    .filter(([kind]) => !excused.includes(kind))
    .flatMap(([kind, found]) => found.map((each) => `${kind}: ${each}`));
}
