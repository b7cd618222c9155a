// A request's body, which is one JSON object.

import { invalid } from '../../session/errors.ts';
import { parseJson } from '../../session/json/parse.ts';
import { repeatedNames } from '../../session/json/repeated-names.ts';
import { checkJsonValues } from '../../session/json/value-count.ts';
import { utf8TextFrom } from '../wires/json-text.ts';

/** A body, on any wire. */
export type Body = {
  /** Its members, by the names under which they were sent. */
  values: Readonly<Record<string, unknown>>;
  /** Names that it has more than once. */
  repeated: ReadonlySet<string>;
};

/** The body of a request that has none. */
export const NO_BODY: Body = { values: {}, repeated: new Set() };

/** A body as it came. Refuses (`invalid`) anything but one JSON object in UTF-8, and
 * (`too_large`) one with too many values. */
export function parseBody(bytes: Uint8Array): Body {
  if (bytes.length === 0) throw invalid('', 'the body is empty: send a JSON object');
  const text = utf8TextFrom(bytes);
  checkJsonValues(text);
  const values = parsedFrom(text);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid('', `the body must be a JSON object, not ${kindOf(values)}`);
  }
  return { values: values as Record<string, unknown>, repeated: repeatedNames(text) };
}

function parsedFrom(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the body, which may hold a session's content.
    throw invalid(
      '',
      'the body is not JSON: check quotes, commas, and that every placeholder was replaced',
    );
  }
}

/** What a JSON value is, in words: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
