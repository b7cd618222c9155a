// Ids come from outside: sessions, users, flows, updates, nodes. Any well-formed text up to a
// length is accepted.
//
// Some texts are not a real id: they are what a template leaves where it could not fill in the
// value. All visitors whose id failed to resolve would share one session and read what the others
// wrote, so an id that stores or returns state must not be such a text (`checkResolvedId`). The
// list has only texts that no channel uses as an id: `none`, `Null` or `anonymous` may be a real
// id, and white space around an id is part of it.

import { invalid } from './errors.ts';
import { ID_MAX_LENGTH } from './limits.ts';

/** What an expression, JavaScript or a text node writes where there was no value. */
const NO_VALUES: readonly string[] = ['undefined', 'null', 'NaN'];

const UNRESOLVED: readonly { pattern: RegExp; what: string }[] = [
  // CognigyScript in a text, CognigyScript in JSON, a template of JavaScript.
  { pattern: /\{\{|\{\s*"\$cs"|\$\{/, what: 'it holds a placeholder' },
  { pattern: /\[object \w+\]/, what: 'it holds the text of an object' },
];

/** Only invisible characters: white space, control and zero-width characters, fillers. */
const BLANK = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]+$/u;

/** The pointer of an id in the request; with `required`, an empty id is refused. */
type IdField = { pointer: string; required?: boolean };

/** Refuses (`invalid`) an id that is too long or not well-formed Unicode; with `required`, also
 * an empty one. */
export function checkId(id: string, { pointer, required = false }: IdField): void {
  const name = pointer.slice(1);
  if (required && id === '')
    throw invalid(pointer, `${name} is required: send the id as a non-empty text`);
  // Two ids that differ only in unpaired surrogates would become one in UTF-8.
  if (!id.isWellFormed())
    throw invalid(pointer, `${name} is not well-formed Unicode (unpaired surrogate)`);
  if (id.length > ID_MAX_LENGTH && [...id].length > ID_MAX_LENGTH) {
    throw invalid(
      pointer,
      `${name} has ${[...id].length} characters, the most is ${ID_MAX_LENGTH}`,
    );
  }
}

/** Like `checkId`, and also refuses (`invalid`) an id that only stands for a missing value: see
 * `missingValueIn`. */
export function checkResolvedId(id: string, field: IdField): void {
  if (id === '' && !field.required) return;
  checkId(id, field);
  const found = missingValueIn(id);
  if (found === undefined) return;
  const name = field.pointer.slice(1);
  throw invalid(
    field.pointer,
    `${name} was not resolved: ${found}; check the expression that fills it in`,
  );
}

/** What an id contains instead of a missing value, in words that do not repeat the id; undefined if
 * the id is valid, or empty. */
export function missingValueIn(id: string): string | undefined {
  if (NO_VALUES.includes(id.trim())) return `it is the word ${id.trim()}`;
  for (const { pattern, what } of UNRESOLVED) if (pattern.test(id)) return what;
  return BLANK.test(id) ? 'it is blank' : undefined;
}
