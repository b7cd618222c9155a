import type { Findings } from '../check/check-round.ts';
import type { RoundResult } from './run-round.ts';

/** What the store itself may cause by losing what it had acknowledged, and not yet replicated. */
const LOSS: readonly (keyof Findings)[] = [
  'lost',
  'returned',
  'missed',
  'heldTwice',
  'miscounted',
  'overtaken',
  'contradictions',
  'staleReads',
];

/** What a round found that nothing excuses, in words. */
export function forbiddenIn({ findings, ...result }: RoundResult): string[] {
  const [mayBeLost, mayBeMissed] = [new Set(result.mayBeLost), new Set(result.mayBeMissed)];
  const excused = [...LOSS, ...(result.losesReplicated ? ['falselyReplicated'] : [])];
  const isExcused = (kind: keyof Findings, sessionId: string) =>
    (excused.includes(kind) && mayBeLost.has(sessionId)) ||
    (kind === 'missed' && mayBeMissed.has(sessionId));
  return (Object.entries(findings) as [keyof Findings, string[]][])
    .filter(([kind]) => !result.excused.includes(kind))
    .flatMap(([kind, found]) =>
      found
        .filter((each) => !isExcused(kind, each.split(' ')[0] ?? ''))
        .map((each) => `${kind}: ${each}`),
    );
}
