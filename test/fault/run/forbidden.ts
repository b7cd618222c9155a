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
/** Said of an update that neither replicas nor the spool of its sidecar had when it was answered. */
const STORED = /\(acknowledged, stored\)$/;

/** What a round found that nothing excuses, in words. With `keepsUpdates` the sidecars make sure
 * that no unconditional update is lost. */
export function forbiddenIn(
  { findings, ...result }: RoundResult,
  { keepsUpdates = false } = {},
): string[] {
  const [mayBeLost, mayBeMissed] = [new Set(result.mayBeLost), new Set(result.mayBeMissed)];
  const excused = [...LOSS, ...(result.losesReplicated ? ['falselyReplicated'] : [])];
  const isKept = (kind: keyof Findings, said: string) =>
    kind === 'lost' &&
    keepsUpdates &&
    !result.losesReplicated &&
    !CONDITIONAL.test(sessionIn(said)) &&
    !(result.fillsSpool && STORED.test(said));
  const isExcused = (kind: keyof Findings, said: string) =>
    (excused.includes(kind) && mayBeLost.has(sessionIn(said)) && !isKept(kind, said)) ||
    (kind === 'missed' && mayBeMissed.has(sessionIn(said)));
  const found = (Object.entries(findings) as [keyof Findings, string[]][])
    .filter(([kind]) => !result.excused.includes(kind))
    .flatMap(([kind, found]) =>
      found.filter((said) => !isExcused(kind, said)).map((said) => `${kind}: ${said}`),
    );
  return [...found, ...tooSlow(result.pace)];
}

function sessionIn(said: string): string {
  return said.split(' ')[0] ?? '';
}
