// Coercion. Flows put values into strings (`"{{context.cartTotal}}"` is always a string), and a
// definition may ask to convert them to the type that its schema names. Ajv converts in place. This
// file adds two rules that Ajv lacks: a value that was not converted keeps its exact text, and a
// string becomes a number only if the number has the same value.

import { parseJson } from '../json/parse.ts';
import { type KeyValue, pointerToken } from '../json/value.ts';
import type { BrokenRule } from './violation.ts';

/** The members of an object after validation, which may have coerced some of them. */
export type Coerced = { entries: KeyValue[]; broken: BrokenRule[] };

/** The entries of `object`, which was parsed from `posted` and may have been coerced since. `root`
 * is the JSON pointer of the object. */
export function coercedFrom(
  posted: readonly KeyValue[],
  object: Readonly<Record<string, unknown>>,
  root: string,
): Coerced {
  const broken: BrokenRule[] = [];
  const entries = posted.map((entry) => {
    const { key, json } = entry;
    const coerced = JSON.stringify(object[key]);
    if (coerced === json) return entry;
    const before = parseJson(json);
    if (coerced === JSON.stringify(before)) return entry;
    noteInexact(before, object[key], { pointer: `${root}/${pointerToken(key)}`, broken });
    return { key, json: coerced };
  });
  return { entries, broken };
}

/** Finds strings that became numbers of another value: out of a double's range, or with more
 * digits than a double holds. */
function noteInexact(
  before: unknown,
  after: unknown,
  { pointer, broken }: { pointer: string; broken: BrokenRule[] },
): void {
  if (typeof before === 'string' && typeof after === 'number') {
    if (!isExact(before, after)) broken.push(inexact(pointer));
  } else if (typeof before === 'object' && before !== null) {
    for (const [name, inner] of Object.entries(before)) {
      const innerAfter = (after as Record<string, unknown>)[name];
      noteInexact(inner, innerAfter, { pointer: `${pointer}/${pointerToken(name)}`, broken });
    }
  }
}

function isExact(text: string, number: number): boolean {
  const isDigits = /^\s*[+-]?\d+\s*$/.test(text);
  return Number.isFinite(number) && (!isDigits || Number.isSafeInteger(number));
}

function inexact(pointer: string): BrokenRule {
  return {
    pointer,
    keyword: 'type',
    rule:
      'must be a number that JSON carries exactly (integers to 2^53), ' +
      'not a string of another one',
    remedy: 'send a smaller number, or let the definition take a string',
  };
}
