// A session stores each top-level value as JSON text and never looks inside. This file converts
// values to that text, and joins such texts into an object again.

import { checkCount, tooManyValues } from '../count-limit.ts';
import { invalid, type Refusal } from '../errors.ts';
import { JSON_VALUES_MAX, UPDATE_KEYS_MAX, VALUE_MAX_DEPTH } from '../limits.ts';

/** How JSON.stringify begins an unpaired surrogate, which has no UTF-8 form; it does not escape any
 * other character this way. The JSON of a text with a backslash and these letters contains it too,
 * so it only says where to look closer. */
const ESCAPED_SURROGATE = '\\ud';
/** Up to so many keys are sorted by insertion. */
const INSERTED_MAX = 16;

/** A top-level key with its value as JSON text. */
export type KeyValue = { key: string; json: string };

/**
 * The entries of an object, in key order. `pointer` is the object's JSON pointer in the request.
 * Refuses (`invalid`) text that is not well-formed Unicode at any depth, a number outside a
 * double's range, a value nested deeper than VALUE_MAX_DEPTH; and (`too_large`) more than
 * UPDATE_KEYS_MAX keys, or JSON_VALUES_MAX values.
 */
export function keyValuesFrom(
  object: Readonly<Record<string, unknown>>,
  pointer: string,
): KeyValue[] {
  const keys = Object.keys(object);
  checkCount(keys.length, { max: UPDATE_KEYS_MAX, parts: 'keys', pointer });
  let values = 0;
  return sorted(keys).map((key) => {
    const value = object[key];
    if (!key.isWellFormed())
      throw invalid(pointer, 'a key is not well-formed Unicode (unpaired surrogate)');
    checkValue(value, 1, key);
    const json = JSON.stringify(value);
    if (json.includes(ESCAPED_SURROGATE) && !isWellFormed(value)) throw notWellFormed(at(key));
    return { key, json };
  });

  function at(key: string): string {
    return `${pointer}/${pointerToken(key)}`;
  }

  function checkValue(value: unknown, depth: number, key: string): void {
    values += 1;
    if (values > JSON_VALUES_MAX) throw tooManyValues(pointer);
    if (typeof value === 'number' && !Number.isFinite(value)) throw outOfRange(at(key));
    if (typeof value !== 'object' || value === null) return;
    if (depth > VALUE_MAX_DEPTH) throw tooDeep(at(key));
    if (Array.isArray(value)) for (const inner of value) checkValue(inner, depth + 1, key);
    // Values from JSON have no inherited properties.
    else for (const name in value) checkValue(value[name as never], depth + 1, key);
  }
}

/** Sorts in place. The keys of most updates are so few that the library's sort costs more. */
function sorted(keys: string[]): string[] {
  if (keys.length > INSERTED_MAX) return keys.sort();
  for (let place = 1; place < keys.length; place++) {
    const key = keys[place] as string;
    let to = place;
    for (; to > 0 && (keys[to - 1] as string) > key; to--) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
}

/** Refuses (`invalid`) an object or a list of values that are nested deeper than VALUE_MAX_DEPTH:
 * for what is looked into before it is known to be usable. */
export function checkDepth(value: unknown, pointer: string, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > VALUE_MAX_DEPTH) throw tooDeep(pointer);
  for (const inner of Object.values(value)) checkDepth(inner, pointer, depth + 1);
}

/** The JSON text of an object with these entries. Assembled from text: no key is special,
 * `__proto__` included. */
export function jsonObjectText(entries: readonly KeyValue[]): string {
  return `{${entries.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
}

/** A key as a token of a JSON pointer (RFC 6901). */
export function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Whether all text in a value is well-formed Unicode, keys included. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

function notWellFormed(pointer: string): Refusal {
  return invalid(pointer, 'a text or key is not well-formed Unicode (unpaired surrogate)');
}

/** The refusal of a number that no double can hold. */
function outOfRange(pointer: string): Refusal {
  return invalid(pointer, 'a number is out of range: numbers are doubles, at most about 1.8e308');
}

/** The refusal of a value that is nested too deep. */
function tooDeep(pointer: string): Refusal {
  return invalid(pointer, `a value is nested deeper than ${VALUE_MAX_DEPTH} levels`);
}
