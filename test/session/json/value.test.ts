import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/session/errors.ts';
import { jsonObjectText, keyValuesFrom } from '../../../src/session/json/value.ts';
import { VALUE_MAX_DEPTH } from '../../../src/session/limits.ts';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

function refusalOf(value: unknown): Refusal {
  try {
    keyValuesFrom({ 'a/b': value }, '/context');
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('not refused');
}

describe('values as text', () => {
  test.each([
    '{"zero":0,"empty":"","no":false,"nothing":null}',
    '{"big":1e+308,"small":5e-324,"integer":9007199254740991,"negative":-1.5}',
    '{"":"empty key","$":1,"a.b":2,"a-b":3}',
    '{"__proto__":{"__proto__":1},"constructor":"c","toString":[]}',
    '{"emoji":"😀","escaped":"\\ud83d\\ude00","nul":"\\u0000","backslash":"\\\\ud800"}',
    '{"deep":{"list":[[],{},[{"a":null}]]}}',
  ])('come back as they came: %s', (text) => {
    const entries = keyValuesFrom(JSON.parse(text), '/variables');
    const back = JSON.parse(jsonObjectText(entries));
    expect(JSON.stringify(back)).toBe(
      JSON.stringify(JSON.parse(jsonObjectText(keyValuesFrom(back, '')))),
    );
    expect(Object.entries(back).sort()).toEqual(Object.entries(JSON.parse(text)).sort());
  });

  test('refuse a number that a double cannot hold, by its pointer', () => {
    const refusal = refusalOf(JSON.parse('[{"x":1e999}]'));
    expect(refusal.reason).toBe('invalid');
    expect(refusal.violations).toEqual([
      { pointer: '/context/a~1b', message: expect.stringContaining('out of range') },
    ]);
  });

  test(`refuse a value nested deeper than ${VALUE_MAX_DEPTH} levels, and no other`, () => {
    expect(() => keyValuesFrom({ a: nested(VALUE_MAX_DEPTH) }, '/context')).not.toThrow();
    expect(refusalOf(nested(VALUE_MAX_DEPTH + 1)).message).toContain(
      `deeper than ${VALUE_MAX_DEPTH}`,
    );
    expect(refusalOf(nested(5000)).message).toContain('deeper');
  });

  test('refuse text that UTF-8 cannot carry, at any depth, in keys and in values', () => {
    expect(() => keyValuesFrom({ '\ud800': 1 }, '/context')).toThrow('a key is not well-formed');
    const half = fc.constantFrom('\ud800', 'a\udfff', '\ude00\ud83d', '漢\ud83d');
    const { hidden } = fc.letrec<{ hidden: unknown; within: unknown }>((tie) => ({
      hidden: fc.oneof(
        { maxDepth: 8 },
        half,
        half.map((key) => ({ [key]: 1 })),
        tie('within'),
      ),
      within: fc.oneof(
        tie('hidden').map((inner) => [1, 'a', inner, null]),
        tie('hidden').map((inner) => ({ a: {}, b: inner, c: [] })),
      ),
    }));
    fc.assert(
      fc.property(hidden, (value) => {
        const refusal = refusalOf(JSON.parse(JSON.stringify(value)));
        expect(refusal.violations[0]).toMatchObject({
          pointer: '/context/a~1b',
          message: expect.stringContaining('well-formed'),
        });
      }),
    );
  });
});
