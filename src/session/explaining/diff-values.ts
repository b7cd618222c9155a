// How two values differ. Objects are compared member by member, so that a change deep in a large
// context is shown where it is; lists, and what is deeper, are compared as a whole.

import { canonicalJson } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';

/** Levels of objects that are compared member by member. */
const COMPARED_LEVELS = 3;

/** A difference, in JSON. Undefined: there is no value. */
export type ValueDifference = {
  /** The names on the way to it. */
  path: string[];
  before: string | undefined;
  after: string | undefined;
};

/** The differences between two JSON texts, of which one may be absent; none if they are equal. */
export function differencesBetween(
  before: string | undefined,
  after: string | undefined,
): ValueDifference[] {
  if (before === after) return [];
  if (before === undefined || after === undefined) return [{ path: [], before, after }];
  return compared(parseJson(before), parseJson(after), []);
}

/** Undefined: there is no value. */
function compared(before: unknown, after: unknown, path: string[]): ValueDifference[] {
  if (isRecord(before) && isRecord(after) && path.length < COMPARED_LEVELS) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      compared(memberOf(before, name), memberOf(after, name), [...path, name]),
    );
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  return [{ path, before: JSON.stringify(before), after: JSON.stringify(after) }];
}

/** An inherited property is none. */
function memberOf(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
