// Ids come from outside: sessions, users, flows, nodes. Any text will do, within two bounds.

import { invalid } from './errors.ts';
import { ID_MAX_LENGTH } from './limits.ts';

/** Refuses (`invalid`) an id that is too long or not well-formed Unicode; with `required`, also an empty one. */
export function checkId(
  id: string,
  { pointer, required = false }: { pointer: string; required?: boolean },
): void {
  const name = pointer.slice(1);
  if (required && id === '') throw invalid(pointer, `${name} is required: send the id as a non-empty text`);
  // Two ids that differ only in unpaired surrogates would become one in UTF-8.
  if (!id.isWellFormed()) throw invalid(pointer, `${name} is not well-formed Unicode (unpaired surrogate)`);
  if (id.length > ID_MAX_LENGTH && [...id].length > ID_MAX_LENGTH) {
    throw invalid(pointer, `${name} has ${[...id].length} characters, the most is ${ID_MAX_LENGTH}`);
  }
}
