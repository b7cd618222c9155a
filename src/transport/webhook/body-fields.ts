// Fields of a webhook body, read as leniently as flow builders write them: under any of their names,
// as a value or as its text, missing where an expression resolved to nothing.

import { invalid } from '../../session/errors.ts';
import { canonicalJson } from '../../session/json/canonical.ts';
import { parseJson } from '../../session/json/parse.ts';
import { checkDepth } from '../../session/json/value.ts';
import { checkJsonValues } from '../../session/json/value-count.ts';
import type { BodyField } from './fields.ts';
import { type Body, kindOf } from './read-body.ts';

/** A value with the JSON pointer of it, which goes into messages. */
export type Field = { pointer: string; value: unknown };

/** A field that was not sent. */
const ABSENT: Field = { pointer: '', value: undefined };

/** A field under any of its names. A value of null, or an empty text, is as good as none. Refuses
 * (`invalid`) a name that the body has twice, and names whose values differ. */
export function fieldOf({ values, repeated }: Body, { names }: Pick<BodyField, 'names'>): Field {
  let found = ABSENT;
  for (const name of names) {
    if (repeated.has(name)) throw invalid(`/${name}`, `the body has ${name} twice: send it once`);
    // No object has one of these names from its prototype.
    const value = values[name];
    if (value === undefined || value === null || value === '') continue;
    const field = { pointer: `/${name}`, value };
    if (found === ABSENT) found = field;
    else if (comparable(found) !== comparable(field)) {
      const [first, other] = [found, field].map(({ pointer }) => pointer.slice(1));
      const message = `${first} and ${other} are one field, and differ: send one of them`;
      throw invalid(field.pointer, message);
    }
  }
  return found;
}

/** A text that equal values share. A number is the same as its digits. */
function comparable({ pointer, value }: Field): string {
  if (typeof value !== 'object') return String(value);
  checkDepth(value, pointer);
  return canonicalJson(value);
}

/** A text; a number counts as its digits. Empty if there is none. Refuses a number with more
 * digits than JSON carries exactly: two ids that differ in the last of them would become one. */
export function textFrom({ pointer, value }: Field): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
    throw invalid(
      pointer,
      `${pointer.slice(1)} is a number too large to be exact: send it as a text`,
    );
  }
  throw invalid(pointer, `${pointer.slice(1)} must be a text or a number, not ${kindOf(value)}`);
}

/** A number, or its digits; NaN if it is neither. Undefined if there is none. */
export function numberFrom(field: Field): number | undefined {
  const text = textFrom(field);
  if (text === '') return undefined;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** An object, or an object's JSON text. Undefined if there is none, which an empty one is not. */
export function objectFrom(field: Field): Record<string, unknown> | undefined {
  const value = parsedFrom(field);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(
    field.pointer,
    `${field.pointer.slice(1)} must be an object or its JSON text, not ${kindOf(value)}`,
  );
}

/** An array, or an array's JSON text. Empty if there is none. */
export function listFrom(field: Field): unknown[] {
  const value = parsedFrom(field);
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalid(
    field.pointer,
    `${field.pointer.slice(1)} must be an array or its JSON text, not ${kindOf(value)}`,
  );
}

function parsedFrom({ pointer, value }: Field): unknown {
  if (typeof value !== 'string') return value;
  const name = pointer.slice(1);
  if (value.startsWith('[object ')) {
    throw invalid(
      pointer,
      `${name} is the text "[object Object]": send the object itself, or JSON.stringify of it`,
    );
  }
  checkJsonValues(value, pointer);
  try {
    return parseJson(value) ?? undefined;
  } catch {
    throw invalid(
      pointer,
      `${name} is a text that is not JSON: send the value itself, or its JSON text`,
    );
  }
}
