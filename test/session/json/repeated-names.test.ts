import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repeatedNames } from '../../../src/session/json/repeated-names.ts';

describe('repeatedNames()', () => {
  test.each([
    ['{}', []],
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":1}', ['a']],
    [' { "a" : 1 , "b":{"a":2}, "a" : 3 }', ['a']],
    ['{"a":{"b":1,"b":2},"b":[{"c":1,"c":2}]}', []],
    ['{"a\\u0062":1,"ab":2}', ['ab']],
    ['{"a":"\\",\\"a\\":","b":"{\\"b\\""}', []],
    ['{"":1,"":2,"__proto__":1,"__proto__":2}', ['', '__proto__']],
  ])('of %s are %j', (text, names) => {
    expect([...repeatedNames(text)]).toEqual(names);
  });

  test('are those of the members of any object, however they are written', () => {
    const name = fc.oneof(fc.constantFrom('a', 'b', '\\', '"', 'é', '__proto__'), fc.string());
    const members = fc.array(fc.tuple(name, fc.jsonValue(), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(members, fc.constantFrom('', ' ', '\n\t'), (list, space) => {
        const written = list.map(([key, value, isEscaped]) => {
          const nameText = isEscaped ? escaped(key) : JSON.stringify(key);
          return `${space}${nameText}${space}:${JSON.stringify(value, null, space)}${space}`;
        });
        const keys = list.map(([key]) => key);
        const repeated = keys.filter((key, place) => keys.indexOf(key) < place);
        expect(repeatedNames(`{${written.join()}}`)).toEqual(new Set(repeated));
      }),
      { numRuns: 2000 },
    );
  });
});

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, place) => text.charCodeAt(place));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
