// Limits on how many: checked before any work is done for each of the many.

import { Refusal } from './errors.ts';
import { JSON_VALUES_MAX } from './limits.ts';

/** Refuses (`too_large`) what has more parts than it may. `pointer` is where it is in the
 * request, `parts` says what they are. */
export function checkCount(
  count: number,
  { max, parts, pointer }: { max: number; parts: string; pointer: string },
): void {
  if (count <= max) return;
  const message = `${pointer.slice(1)} has ${count} ${parts}, the most is ${max}: send several updates`;
  throw new Refusal('too_large', message, { violations: [{ pointer, message }] });
}

/** The refusal (`too_large`) of a JSON text or object with more than JSON_VALUES_MAX values. */
export function tooManyValues(pointer: string): Refusal {
  const name = pointer === '' ? 'the body' : pointer.slice(1);
  const message = `${name} has more than ${JSON_VALUES_MAX} JSON values, which is the most: send several updates`;
  return new Refusal('too_large', message, { violations: [{ pointer, message }] });
}
