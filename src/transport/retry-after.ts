// When another try may help, as every transport says it with a refusal.

import type { Refusal, RefusalFacts } from '../session/errors.ts';
import { REFUSALS } from './refusals.ts';

/** The pause where nothing better is known. */
const PAUSE_MS = 1000;

/** The facts of a refusal as they are answered: `retryAfterMs`, where another try may help, is a
 * whole number from 1 on. */
export function answeredFacts({ reason, facts }: Refusal): RefusalFacts {
  const isPassing = REFUSALS[reason].repeat === 'later';
  const retryAfterMs = facts.retryAfterMs ?? (isPassing ? PAUSE_MS : undefined);
  return retryAfterMs === undefined
    ? facts
    : { ...facts, retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) };
}

/** The header that says so, in whole seconds; none where another try will not help. */
export function retryAfterHeader({ retryAfterMs }: RefusalFacts): Record<string, string> {
  return retryAfterMs === undefined
    ? {}
    : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
}
