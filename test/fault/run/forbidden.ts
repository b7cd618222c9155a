import type { Findings } from '../check/check-round.ts';
import { tooSlow } from '../check/pace.ts';
import type { RoundResult } from './run-round.ts';

/** What the store itself may cause by losing what it had acknowledged, and not yet replicated. */
const LOSS: readonly (keyof Findings)[] = [
  'lost',
  'returned',
  'missed',
  'heldTwice',
  'withoutLock',
  'miscounted',
  'overtaken',
  'contradictions',
  'staleReads',
];

/** Sessions whose updates have conditions. */
const CONDITIONAL = /-(locked|conditional)-/;

/** What a round found that nothing excuses, in words. With `keepsUpdates` the sidecars make sure
 * that no unconditional update is lost. */
export function forbiddenIn(
  { findings, ...result }: RoundResult,
  { keepsUpdates = false } = {},
): string[] {
  const [mayBeLost, mayBeMissed] = [new Set(result.mayBeLost), new Set(result.mayBeMissed)];
  const excused = [...LOSS, ...(result.losesReplicated ? ['falselyReplicated'] : [])];
  const isKept = (kind: keyof Findings, sessionId: string) =>
    keepsUpdates && !result.losesReplicated && kind === 'lost' && !CONDITIONAL.test(sessionId);
  const isExcused = (kind: keyof Findings, sessionId: string) =>
    (excused.includes(kind) && mayBeLost.has(sessionId) && !isKept(kind, sessionId)) ||
    (kind === 'missed' && mayBeMissed.has(sessionId));
  const found = (Object.entries(findings) as [keyof Findings, string[]][])
    .filter(([kind]) => !result.excused.includes(kind))
    .flatMap(([kind, found]) =>
      found
        .filter((each) => !isExcused(kind, each.split(' ')[0] ?? ''))
        .map((each) => `${kind}: ${each}`),
    );
  return [...found, ...tooSlow(result.pace)];
}
