// Limits on counts: checked before any work is done per item.

import { Refusal } from './errors.ts';
import { JSON_VALUES_MAX } from './limits.ts';

/** Refuses (`too_large`) a count above its limit. `pointer` is the place in the request, `parts`
 * names what is counted. */
export function checkCount(
  count: number,
  { max, parts, pointer }: { max: number; parts: string; pointer: string },
): void {
  if (count <= max) return;
  const name = pointer.slice(1);
  const message = `${name} has ${count} ${parts}, the most is ${max}: send several updates`;
  throw new Refusal('too_large', message, { violations: [{ pointer, message }] });
}

/** The refusal (`too_large`) of a JSON text or object with more than JSON_VALUES_MAX values. */
export function tooManyValues(pointer: string): Refusal {
  const name = pointer === '' ? 'the body' : pointer.slice(1);
  const message =
    `${name} has more than ${JSON_VALUES_MAX} JSON values, which is the most: ` +
    'send several updates';
  return new Refusal('too_large', message, { violations: [{ pointer, message }] });
}
