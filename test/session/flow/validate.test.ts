import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ValidatedParts } from '../../../src/session/flow/definition.ts';
import { parseFlowFile } from '../../../src/session/flow/file.ts';
import { type KeyValue, keyValuesFrom } from '../../../src/session/json/value.ts';

const TUTORIAL = {
  variables: {
    properties: { customerId: { type: 'string' }, cartTotal: { type: 'number' } },
    required: ['customerId', 'cartTotal'],
  },
};

/** What a definition says of variables and context, each as the JSON text of an object. */
function validate(file: object | string, variables?: string, context?: string): ValidatedParts {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const { definition, problems } = parseFlowFile(text, 'default');
  if (!definition) throw new Error(JSON.stringify(problems));
  return definition.validate({ variables: entriesFrom(variables), context: entriesFrom(context) });
}

function entriesFrom(text: string | undefined): KeyValue[] | undefined {
  return text === undefined ? undefined : keyValuesFrom(JSON.parse(text), '');
}

function found({ violations }: ValidatedParts): string[] {
  return violations.map(({ pointer, keyword }) => `${pointer} ${keyword}`);
}

test('what a definition allows passes, and comes back as it was', () => {
  expect(validate(TUTORIAL, '{"cartTotal":42.5,"customerId":"C-1","more":null}')).toEqual({
    variables: entriesFrom('{"cartTotal":42.5,"customerId":"C-1","more":null}'),
    context: undefined,
    violations: [],
  });
});

test('every violation is reported: where, which rule, what to do and what type is due', () => {
  expect(validate(TUTORIAL, '{"cartTotal":"forty"}').violations).toEqual([
    {
      pointer: '/variables/customerId',
      keyword: 'required',
      message: 'send it as a string: by the definition of flow "default" it is required',
    },
    {
      pointer: '/variables/cartTotal',
      keyword: 'type',
      message:
        'send a number: by the definition of flow "default" it must be a number, not a string',
    },
  ]);
});

test('a part that was not posted is not validated; an empty one is', () => {
  const file = { variables: { required: ['a'] }, context: { required: ['b'] } };
  expect(found(validate(file))).toEqual([]);
  expect(found(validate(file, undefined, '{}'))).toEqual(['/context/b required']);
  expect(found(validate(file, '{}', undefined))).toEqual(['/variables/a required']);
});

test('both parts are validated, each by its own schema', () => {
  const part = (type: string) => ({ properties: { a: { type } } });
  const file = { variables: part('number'), context: part('string') };
  expect(found(validate(file, '{"a":"x"}', '{"a":1}'))).toEqual([
    '/variables/a type',
    '/context/a type',
  ]);
  expect(found(validate(file, '{"a":1}', '{"a":"x"}'))).toEqual([]);
});

test('a value may be null where its type says so, and missing where nothing requires it', () => {
  const file = { variables: { properties: { a: { type: ['number', 'null'] } } } };
  expect(found(validate(file, '{"a":null}'))).toEqual([]);
  expect(found(validate(file, '{}'))).toEqual([]);
  expect(validate(file, '{"a":"x"}').violations[0]?.message).toMatch(
    /must be a number or null, not a string$/,
  );
  expect(found(validate(TUTORIAL, '{"cartTotal":null,"customerId":"C-1"}'))).toEqual([
    '/variables/cartTotal type',
  ]);
});

test.each([
  [
    'additionalProperties',
    { properties: { b: true }, additionalProperties: false },
    '{"a/~":1}',
    'a~1~0',
  ],
  [
    'unevaluatedProperties',
    { properties: { b: true }, unevaluatedProperties: false },
    '{"":1}',
    '',
  ],
  ['propertyNames', { propertyNames: { maxLength: 1, type: 'string' } }, '{"long":1}', 'long'],
  ['required', { required: ['a/b'] }, '{}', 'a~1b'],
  ['dependentRequired', { dependentRequired: { a: ['b'] } }, '{"a":1}', 'b'],
])('of %s the pointer names the property', (keyword, variables, text, token) => {
  expect(found(validate({ variables }, text))).toContain(`/variables/${token} ${keyword}`);
});

test('a place within a value has its whole pointer', () => {
  const items = { type: 'object', properties: { quantity: { type: 'integer', minimum: 1 } } };
  const file = { variables: { properties: { items: { type: 'array', items } } } };
  const validated = validate(file, '{"items":[{"quantity":1},{"quantity":0}]}');
  expect(validated.violations).toEqual([
    {
      pointer: '/variables/items/1/quantity',
      keyword: 'minimum',
      message: 'correct it: by the definition of flow "default" it must be >= 1 (an integer)',
    },
  ]);
});

const EVERY_KEYWORD = {
  variables: {
    additionalProperties: {
      allOf: [
        { type: 'null' },
        { const: 'allowed' },
        { enum: ['allowed', 1] },
        { type: 'string', pattern: '^allowed$', maxLength: 1, format: 'email' },
        { type: 'number', minimum: 1e9, multipleOf: 7 },
        {
          type: 'array',
          maxItems: 0,
          uniqueItems: true,
          contains: { const: 1 },
          prefixItems: [{ const: 2 }],
        },
        { type: 'object', maxProperties: 0, required: ['z'] },
        { not: {} },
        { oneOf: [{ const: 3 }, { const: 4 }] },
        { anyOf: [{ const: 3 }, { const: 4 }] },
        false,
      ],
    },
  },
};

test('no message holds a posted value', () => {
  const secret = 'hunter2-hunter2';
  const values = fc.constantFrom(
    secret,
    [secret, secret],
    { [`${secret}-key`]: secret },
    48_151_623_421.5,
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b'), values, { minKeys: 1 }), (posted) => {
      const { violations } = validate(EVERY_KEYWORD, JSON.stringify(posted));
      expect(violations.length).toBeGreaterThan(5);
      const messages = violations.map(({ message }) => message).join('\n');
      expect(messages).not.toContain(secret);
      expect(messages).not.toContain('48151623421');
    }),
    { numRuns: 50 },
  );
});

test('as many violations as a limit allows are reported, with pointers of bounded length', () => {
  const file = {
    variables: { additionalProperties: { type: 'object', additionalProperties: false } },
  };
  const inner = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`k${index}`, 1]));
  const longKey = 'k'.repeat(2000);
  expect(validate(file, JSON.stringify({ a: inner })).violations).toHaveLength(100);
  const pointers = validate(file, JSON.stringify({ a: { [longKey]: 1 } })).violations.map(
    ({ pointer }) => pointer,
  );
  expect(pointers).toEqual(['/variables/a']);
});

test('a large part with a violation in each of its values is validated like a small one', () => {
  const file = { variables: { properties: { a: { type: 'array', items: { type: 'string' } } } } };
  const numbers = JSON.stringify({ a: Array.from({ length: 10_000 }, () => 1) });
  expect(found(validate(file, numbers))).toEqual(
    Array.from({ length: 100 }, (_, index) => `/variables/a/${index} type`),
  );
});

test('multiples of a cent are validated as people count', () => {
  const file = { variables: { properties: { a: { type: 'number', multipleOf: 0.01 } } } };
  for (const price of [42.35, 19.99, 0.07, 1234567.89])
    expect(found(validate(file, JSON.stringify({ a: price })))).toEqual([]);
  expect(found(validate(file, '{"a":42.355}'))).toEqual(['/variables/a multipleOf']);
});

const ODD_NAMES = ['__proto__', 'toString', 'constructor', 'hasOwnProperty', '', 'a/b', '~'];
const tokenOf = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

test.each(ODD_NAMES)('the property %j is validated like any other', (name) => {
  const text = `{${JSON.stringify(name)}:1}`;
  const pattern = { [`^${name}$`]: { type: 'string' } };
  const at = `/variables/${tokenOf(name)}`;
  expect(found(validate({ variables: { required: [name] } }, '{}'))).toEqual([`${at} required`]);
  expect(found(validate({ variables: { required: [name] } }, text))).toEqual([]);
  expect(found(validate({ variables: { additionalProperties: false } }, text))).toEqual([
    `${at} additionalProperties`,
  ]);
  expect(found(validate({ variables: { patternProperties: pattern } }, text))).toEqual([
    `${at} type`,
  ]);
  const evaluating = {
    anyOf: [{ patternProperties: { '^a$': true } }, { properties: { b: true } }],
    unevaluatedProperties: false,
  };
  expect(found(validate({ variables: evaluating }, text))).toEqual([`${at} unevaluatedProperties`]);
});

test.each(ODD_NAMES.slice(1))('the property %j is validated where a schema names it', (name) => {
  const file = {
    variables: { properties: { [name]: { type: 'string' } }, additionalProperties: false },
  };
  expect(found(validate(file, '{}'))).toEqual([]);
  expect(found(validate(file, `{${JSON.stringify(name)}:1}`))).toEqual([
    `/variables/${tokenOf(name)} type`,
  ]);
  expect(found(validate(file, `{${JSON.stringify(name)}:"x"}`))).toEqual([]);
});

test.each(ODD_NAMES)(
  'a value with the property %j is compared with what a schema names',
  (name) => {
    const schemas = [
      { const: { a: 1 } },
      { enum: [{ a: 1 }, 2] },
      { type: 'array', uniqueItems: true },
    ];
    for (const schema of schemas) {
      const file = { variables: { properties: { value: schema } } };
      const odd = `{${JSON.stringify(name)}:1}`;
      const text = 'type' in schema ? `[${odd},{},${odd}]` : odd;
      expect(found(validate(file, `{"value":${text}}`))).toEqual([
        `/variables/value ${Object.keys(schema).at(-1)}`,
      ]);
    }
  },
);
