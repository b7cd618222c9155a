// When another try may help, as every transport says it beside a refusal.

import type { Refusal, RefusalFacts } from '../session/errors.ts';

/** Where nothing better is known: a store or a listener that has too much to do gets a second of
 * rest. */
const REST_MS = 1000;

/** The facts of a refusal as they are answered: `retryAfterMs`, where another try may help, is a
 * whole number from 1 on. */
export function answeredFacts({ reason, facts }: Refusal): RefusalFacts {
  const isPassing = reason === 'unavailable' || reason === 'overloaded';
  const retryAfterMs = facts.retryAfterMs ?? (isPassing ? REST_MS : undefined);
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
