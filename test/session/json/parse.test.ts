import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/session/json/parse.ts';

/** The same text with each character of its names escaped. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  const members = Object.entries(value).map(
    ([name, inner]) => `${escaped(name)}: ${textOf(inner)}`,
  );
  return `{${members.join()}}`;
}

function escaped(name: string): string {
  const units = Array.from({ length: name.length }, (_, place) => name.charCodeAt(place));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

describe('parseJson()', () => {
  test('reads escaped names as they are, whatever was parsed before', () => {
    for (const name of ['é', '"', '\n', 'b']) {
      parseJson('{"h":1,"\\\\":2}');
      expect(parseJson(`{"h":1,${escaped(name)}:2}`)).toEqual({ h: 1, [name]: 2 });
    }
  });

  test('reads every value, however its names are written', () => {
    const name = fc.oneof(
      fc.constantFrom('\\', '\\u0', '"', 'é', 'a', '__proto__', ''),
      fc.string(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(1, null, 'a\\"b'),
        tie('object'),
        tie('list'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
    }));
    fc.assert(
      fc.property(value, (given) => {
        expect(parseJson(textOf(given))).toEqual(given);
        expect(parseJson(JSON.stringify(given, null, 1))).toEqual(given);
      }),
      { numRuns: 3000 },
    );
  });

  test('reads a text that is nested deeper than calls can be', () => {
    const levels = 100_000;
    let inner = parseJson(`${'[{"\\u00e9":'.repeat(levels)}1${'}]'.repeat(levels)}`);
    for (let level = 0; level < levels; level++) [{ é: inner }] = inner as [{ é: unknown }];
    expect(inner).toBe(1);
  });

  test('of a name that is there twice, the last counts', () => {
    expect(parseJson('{"a":1,"\\u0061":2}')).toEqual({ a: 2 });
    expect(parseJson('{"\\u0061":1,"a":2}')).toEqual({ a: 2 });
  });

  test('takes what JSON.parse takes, and nothing else', () => {
    expect(parseJson('"\\":"')).toBe('":');
    expect(parseJson('["\\\\", {"a" : "\\""}]')).toEqual(['\\', { a: '"' }]);
    for (const text of ['', '{', '{"a\\":1}', '{"\\x":1}', 'undefined'])
      expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
