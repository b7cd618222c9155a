// Counts the values of a JSON text before it is parsed: the cost of parsing grows with the number
// of values, the cost of counting with the number of bytes.

import { tooManyValues } from '../count-limit.ts';
import { JSON_VALUES_MAX } from '../limits.ts';

/** Fewest characters that a value takes: one of its own, and a comma, bracket or brace. */
const VALUE_MIN_LENGTH = 2;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** Refuses (`too_large`) a JSON text with more than JSON_VALUES_MAX values. Text that is not JSON
 * may pass; its parser will refuse it. `pointer` is where the text is in the request. */
export function checkJsonValues(text: string, pointer = ''): void {
  if (text.length < JSON_VALUES_MAX * VALUE_MIN_LENGTH) return;
  if (countJsonValues(text, JSON_VALUES_MAX) > JSON_VALUES_MAX) throw tooManyValues(pointer);
}

/** How many values a JSON text has, including itself. Stops early once there are more than
 * `enough`. */
export function countJsonValues(text: string, enough = Number.MAX_SAFE_INTEGER): number {
  let count = 1;
  let isAfterOpen = false;
  for (let place = 0; place < text.length && count <= enough + 1; place++) {
    const code = text.charCodeAt(place);
    if (code <= SPACE) continue;
    const isOpen = code === OPEN_BRACKET || code === OPEN_BRACE;
    if (code === QUOTE) place = endOfString(text, place);
    else if (isOpen || code === COMMA) count += 1;
    // The array or object is empty, so the value that was counted at its opening does not exist.
    else if (isAfterOpen && (code === CLOSE_BRACKET || code === CLOSE_BRACE)) count -= 1;
    isAfterOpen = isOpen;
  }
  return count;
}

/** The place of the quote that ends a string, or the text's end. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
