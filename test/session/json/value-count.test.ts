import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/session/errors.ts';
import { checkJsonValues, countJsonValues } from '../../../src/session/json/value-count.ts';
import { JSON_VALUES_MAX } from '../../../src/session/limits.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countOf(inner), 1);
}

test('the values of a text are counted as its parser finds them', () => {
  const odd = fc.constantFrom('', '"', '\\', '\\"', ',', '[', '{}', '[,]', 'é😀', '\u0000');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        odd,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(true, null),
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(odd, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
      expect(countJsonValues(JSON.stringify(json, null, indent))).toBe(countOf(json));
    }),
    { numRuns: 1000 },
  );
});

test('as many values as are allowed pass, and no more', () => {
  const list = (count: number) => JSON.stringify(Array(count - 1).fill(1));
  expect(() => checkJsonValues(list(JSON_VALUES_MAX))).not.toThrow();
  const message =
    'variables has more than 50000 JSON values, which is the most: send several updates';
  expect(() => checkJsonValues(list(JSON_VALUES_MAX + 1), '/variables')).toThrow(
    new Refusal('too_large', message, { violations: [{ pointer: '/variables', message }] }),
  );
});

test.each([
  ['[', 1_000_000],
  ['1,', 500_000],
  ['"a",', 250_000],
  ['"\\"', 300_000],
  ['\\', 1_000_000],
  ['{"":[]},', 130_000],
])('%j, again and again, is counted in some milliseconds', (unit, times) => {
  const text = unit.repeat(times);
  countJsonValues(text);
  expect(cpuMsOf(() => countJsonValues(text))).toBeLessThan(100);
});
