// JSON.parse, with the names of members as they were written.
//
// Once V8 has parsed a name with a backslash in it, it may take an escaped name at the same place
// of another text for that one (nodejs/node#63785, seen in Node 24 and 26):
//
//   JSON.parse('{"h":1,"\\\\":2}')
//   JSON.parse('{"h":1,"\\u00e9":2}')      a member `\`, where the text has `é`
//
// Python writes every letter that is not ASCII in this way, so one session's text could change the
// names in another's. A text that has an escaped name is therefore parsed with other names in their
// place, which V8 cannot take for others, and gets its own back afterwards.

import { randomUUID } from 'node:crypto';
import { endOfString } from './value-count.ts';

const COLON = 0x3a;
const SPACE = 0x20;

/** How the names begin that are put in place of others. No text can have it. */
const MARK = `${randomUUID()} `;

/** The value of a JSON text. Throws a SyntaxError if it is none. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!text.includes('\\')) return value;
  const { names, renamed } = replaceEscapedNames(text);
  return names.length === 0 ? value : withNames(JSON.parse(renamed), names);
}

/** `text` is JSON. */
function replaceEscapedNames(text: string): { names: string[]; renamed: string } {
  const names: string[] = [];
  let renamed = '';
  let copied = 0;
  for (let start = text.indexOf('"'); start !== -1; ) {
    const end = endOfString(text, start) + 1;
    const token = text.slice(start, end);
    if (token.includes('\\') && isName(text, end)) {
      renamed += `${text.slice(copied, start)}"${MARK}${names.length}"`;
      copied = end;
      names.push(JSON.parse(token));
    }
    start = text.indexOf('"', end);
  }
  return { names, renamed: renamed + text.slice(copied) };
}

/** Whether the string that ends at a place is a name. */
function isName(text: string, end: number): boolean {
  let place = end;
  while (text.charCodeAt(place) <= SPACE) place += 1;
  return text.charCodeAt(place) === COLON;
}

/** The same value with its own names. What is in it waits in a list, since a text may be nested
 * deeper than calls can be. */
function withNames(value: unknown, names: readonly string[]): unknown {
  const whole: Record<string, unknown> = { value };
  const containers = [whole];
  // A list may grow while it is walked.
  for (const container of containers) {
    for (const [key, inner] of Object.entries(container)) {
      if (typeof inner !== 'object' || inner === null) continue;
      container[key] = Array.isArray(inner) ? inner : withOwnNames(inner, names);
      containers.push(container[key] as Record<string, unknown>);
    }
  }
  return whole.value;
}

function withOwnNames(object: object, names: readonly string[]): object {
  // Unlike assignment, this makes an own property of every name, `__proto__` included.
  return Object.fromEntries(
    Object.entries(object).map(([name, inner]) => [
      name.startsWith(MARK) ? (names[Number(name.slice(MARK.length))] ?? name) : name,
      inner,
    ]),
  );
}
