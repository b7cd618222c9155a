// Comparing values as schemas do: Ajv's verdicts and words, in another time, and whatever the names
// of properties.

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceEquality } from '../../../src/session/json/equality.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

const OPTIONS = { strictTypes: false, strictTuples: false, allowUnionTypes: true } as const;

function validatorsOf(schema: object, options = {}) {
  const linear = new Ajv2020({ ...OPTIONS, ...options });
  replaceEquality(linear);
  return {
    own: new Ajv2020({ ...OPTIONS, ...options }).compile(schema),
    linear: linear.compile(schema),
  };
}

const simple = fc.constantFrom(0, 1, -0, 1.5, '1', '"1', '', '[1]', '{"a":1}', true, false, null);
const item = fc.oneof(
  simple,
  fc.array(simple, { maxLength: 2 }),
  fc.dictionary(
    fc.constantFrom('a', 'b', ''),
    fc.oneof(simple, fc.array(simple, { maxLength: 1 })),
    {
      maxKeys: 2,
    },
  ),
);

/** A few, and more than a few. */
const items = fc.oneof(
  fc.array(item, { maxLength: 6 }),
  fc
    .array(item, { maxLength: 6 })
    .map((some) => [...Array.from({ length: 20 }, (_, id) => ({ id })), ...some]),
);

test.each([
  [{ type: 'array', uniqueItems: true }],
  [{ type: 'array', uniqueItems: false }],
  [{ type: 'array', uniqueItems: true, items: { type: ['string', 'object'] } }],
  [{ type: 'array', uniqueItems: true, items: { type: ['string', 'number'] } }],
  [
    {
      type: 'array',
      uniqueItems: true,
      prefixItems: [{ type: 'integer' }],
      contains: true,
      maxContains: 3,
    },
  ],
  [{ const: [1, { a: 1 }] }],
  [{ const: [] }],
  [{ enum: ['1', { a: 0 }, [1], null] }],
  [{ items: { enum: [1, { a: 1, b: '1' }, [[0]], { a: [1] }] }, type: 'array' }],
])('%j says of every array what Ajv says', (schema) => {
  for (const coerceTypes of [false, true]) {
    const { own, linear } = validatorsOf(schema, { coerceTypes, allErrors: true });
    fc.assert(
      fc.property(items, (posted) => {
        // Coercion changes what it validates.
        const verdict = (validate: typeof own) => {
          const copy = structuredClone(posted);
          return [validate(copy), validate.errors ?? [], copy];
        };
        expect(verdict(linear)).toEqual(verdict(own));
      }),
      { numRuns: 300 },
    );
  }
});

test('16 000 objects are compared in a fraction of a second', () => {
  const { linear } = validatorsOf({ type: 'array', uniqueItems: true });
  const items = Array.from({ length: 16_000 }, (_, id) => ({ id, name: `item ${id}` }));
  expect(linear(items)).toBe(true);
  expect(cpuMsOf(() => linear(items))).toBeLessThan(200);
  expect(linear([...items, { name: 'item 7', id: 7 }])).toBe(false);
  expect(linear.errors).toMatchObject([{ params: { i: 16_000, j: 7 } }]);
});

test.each(['toString', 'valueOf', 'constructor', '__proto__'])(
  'a property %j is compared like any other',
  (name) => {
    const value = (inner: unknown) =>
      JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(inner)}}`);
    const { linear: unique } = validatorsOf({ type: 'array', uniqueItems: true });
    expect(unique([value(1), value(2), {}])).toBe(true);
    expect(unique([value(1), {}, value(1)])).toBe(false);
    expect(
      unique([...Array.from({ length: 20 }, (_, id) => value({ id })), value({ id: 7 })]),
    ).toBe(false);
    for (const schema of [{ const: { a: 1 } }, { enum: [{ a: 1 }, { a: 2 }] }]) {
      const { linear } = validatorsOf(schema);
      expect(linear(value(1))).toBe(false);
      expect(linear({ a: 1 })).toBe(true);
    }
  },
);
