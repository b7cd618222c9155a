// The JSON text of a request. Bytes that are not UTF-8 are refused here, since decoding them as they
// are would make one id of two; so is half a character, which no answer can quote; and so are too
// many values, since parsing takes a millisecond for each two thousand of them.

import type { JsonValue } from '@bufbuild/protobuf';
import { invalid } from '../../session/errors.ts';
import { parseJson } from '../../session/json/parse.ts';
import { repeatedNames } from '../../session/json/repeated-names.ts';
import { checkJsonValues } from '../../session/json/value-count.ts';
import { unreadableRequest } from './rpc-error.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Escapes of JSON, of which the last kind is half a character alone: an escaped backslash and a
 * pair come before it. */
const ESCAPES =
  /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][\da-fA-F]{2})/g;

/** The text of a request. Refuses (`invalid`) bytes that are not UTF-8 and half a character, and
 * (`too_large`) a text with too many JSON values. */
export function jsonTextFrom(bytes: Uint8Array): string {
  const text = utf8TextFrom(bytes);
  checkJsonValues(text);
  if (
    text.includes('\\u') &&
    text.matchAll(ESCAPES).some(({ groups }) => groups?.half !== undefined)
  )
    throw unreadableRequest('it holds half a character (an unpaired surrogate)');
  return text;
}

/** The value of a request. Refuses (`invalid`) what is not JSON, and a field that is there twice,
 * too. */
export function jsonValueFrom(bytes: Uint8Array): JsonValue {
  const text = jsonTextFrom(bytes);
  const value = valueOfText(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const [repeated] = isObject ? repeatedNames(text) : [];
  if (repeated !== undefined) throw invalid('', `the request has ${repeated} twice: send it once`);
  return value;
}

function valueOfText(text: string): JsonValue {
  try {
    return parseJson(text) as JsonValue;
  } catch {
    throw unreadableRequest('it is not JSON');
  }
}

/** Bytes as text. Refuses (`invalid`) what is not UTF-8. */
export function utf8TextFrom(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw unreadableRequest('it is not UTF-8');
  }
}
