// Names that a JSON object has more than once. JSON.parse keeps the last of them and forgets that
// there were others.

import { endOfString } from './value-count.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The names that the members of an object, not those of objects in it, have more than once.
 * `text` must be the JSON text of an object. */
export function repeatedNames(text: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  let isName = false;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) {
      const end = endOfString(text, place);
      if (isName) {
        const name = nameIn(text.slice(place + 1, end));
        if (seen.has(name)) repeated.add(name);
        seen.add(name);
        isName = false;
      }
      place = end;
    } else if (code === COMMA) {
      isName = depth === 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      isName = depth === 1;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return repeated;
}

function nameIn(text: string): string {
  return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
}
