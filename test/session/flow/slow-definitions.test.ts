// Definitions that would take Ajv alone seconds or forever: each update has its verdict in
// time.

import { describe, expect, test } from 'vitest';
import { parseFlowFile } from '../../../src/session/flow/file.ts';
import { keyValuesFrom } from '../../../src/session/json/value.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

/** The limit is 100 ms; repeated on a busy machine, a run may take a few times as much. */
const CUT_OFF_WITHIN_MS = 500;

function parse(variables: object, more: object = {}) {
  const parsed = parseFlowFile(JSON.stringify({ variables, ...more }), 'shop');
  if (!parsed.definition) throw new Error(JSON.stringify(parsed.problems));
  return parsed;
}

function validatorOf(variables: object, more: object = {}) {
  const { definition } = parse(variables, more);
  return (posted: object) =>
    definition.validate({
      variables: keyValuesFrom(posted as Record<string, unknown>, ''),
      context: undefined,
    });
}

const slowOf = (variables: object) => parse(variables).slow;

const nested = (levels: number): object => (levels === 0 ? {} : { next: nested(levels - 1) });
const branch = (kind: string) => ({
  type: 'object',
  properties: { next: { $ref: '#/$defs/node' } },
  required: [kind],
});
const EXPONENTIAL = {
  $defs: { node: { anyOf: [branch('a'), branch('b')] } },
  properties: { next: { $ref: '#/$defs/node' } },
};
const text = (pattern: string) => ({ properties: { a: { type: 'string', pattern } } });
const alternatives = Array.from({ length: 400 }, (_, index) => ({ const: `value ${index}` }));

describe('an update that takes too long', () => {
  test.each([
    ['references that lead back twice', EXPONENTIAL, nested(28)],
    ['a pattern', text('^(a+)+$'), { a: `${'a'.repeat(60)}!` }],
    [
      'a pattern of names',
      { patternProperties: { '^(a+)+$': true } },
      { [`${'a'.repeat(60)}!`]: 1 },
    ],
    ['the square of a long text', text('a+b'), { a: 'a'.repeat(200_000) }],
    [
      'a format',
      { properties: { a: { type: 'string', format: 'url' } } },
      { a: `http://${':'.repeat(2e5)}` },
    ],
    [
      'alternatives for each of many items',
      { properties: { a: { type: 'array', items: { anyOf: alternatives } } } },
      { a: Array.from({ length: 40_000 }, () => 1) },
    ],
  ])('is a violation of its own: %s', (_name, variables, posted) => {
    for (const coerce of [false, true]) {
      const validate = validatorOf(variables, { coerce });
      let validated: ReturnType<typeof validate> | undefined;
      const took = cpuMsOf(() => {
        validated = validate(posted);
      });
      expect(took).toBeLessThan(CUT_OFF_WITHIN_MS);
      expect(validated?.violations).toMatchObject([
        {
          pointer: '/variables',
          keyword: 'time',
          message: expect.stringMatching(
            /^send less, or simplify the definition: by the definition of flow "shop" it takes more than 100 ms to validate/,
          ),
        },
      ]);
      expect(JSON.stringify(validated?.violations)).not.toContain('aaaa');
    }
  });

  test('names what may be slow about its definition', () => {
    const [violation] = validatorOf(text('^(a+)+$'))({ a: `${'a'.repeat(60)}!` }).violations;
    expect(violation?.message).toContain(
      '(what may be slow is at /variables/properties/a/pattern)',
    );
  });

  test('leaves little time for what is posted with it', () => {
    const part = text('^(a+)+$');
    const { definition } = parse(part, { context: part });
    const posted = keyValuesFrom({ a: `${'a'.repeat(60)}!` }, '');
    const { violations } = definition.validate({ variables: posted, context: posted });
    expect(
      violations.map(({ pointer, message }) => [pointer, message.match(/\d+ ms/)?.[0]]),
    ).toEqual([
      ['/variables', '100 ms'],
      ['/context', '5 ms'],
    ]);
  });

  test('leaves others of its flow their verdicts', () => {
    const validate = validatorOf(text('^(a+)+$'));
    for (let count = 0; count < 5; count++) validate({ a: `${'a'.repeat(60)}!` });
    expect(validate({ a: 'aaaa' }).violations).toEqual([]);
    expect(validate({ a: 'b' }).violations).toMatchObject([{ keyword: 'pattern' }]);
  });
});

test('16 000 different objects are unique', () => {
  const validate = validatorOf({ properties: { a: { type: 'array', uniqueItems: true } } });
  const a = Array.from({ length: 16_000 }, (_, id) => ({ id }));
  validate({ a: a.slice(0, 1000) });
  expect(validate({ a }).violations).toEqual([]);
  expect(validate({ a: [...a.slice(1), { id: 1 }] }).violations).toMatchObject([
    { keyword: 'uniqueItems' },
  ]);
});

test.each([
  ['a property of it', { a: { $ref: '#' } }],
  ['a property of an alternative', { a: { anyOf: [{ type: 'null' }, { $ref: '#' }] } }],
])('a schema that leads back to itself once is as good as any: %s', (_name, properties) => {
  const validate = validatorOf({ properties, additionalProperties: false });
  expect(validate({ a: { a: { a: {} } } }).violations).toEqual([]);
  expect(validate({ a: { a: { b: 1 } } }).violations.length).toBeGreaterThan(0);
  expect(slowOf({ properties, additionalProperties: false })).toEqual([]);
});

describe('a definition that may be slow', () => {
  test.each([
    [EXPONENTIAL, '/variables/$defs/node', /^2 of its alternatives lead back to it/],
    [text('^(a+)+$'), '/variables/properties/a/pattern', /repetitions within a repetition/],
    [text('^.*-.*-.*-.*$'), '/variables/properties/a/pattern', /by the power of 4/],
    [{ patternProperties: { '(x+)*': true } }, '/variables/patternProperties/(x+)*', /forever/],
    [
      { properties: { a: { type: 'string', format: 'url' } } },
      '/variables/properties/a/format',
      /"uri" does not$/,
    ],
    [
      {
        $defs: Object.fromEntries([
          ...Array.from({ length: 20 }, (_, index) => {
            const next = { $ref: `#/$defs/d${index + 1}` };
            return [`d${index}`, { allOf: [next, next] }];
          }),
          ['d20', { type: 'object' }],
        ]),
        properties: { a: { $ref: '#/$defs/d0' } },
      },
      '/variables',
      /^with its references followed it has \d{7} parts$/,
    ],
  ])('says where and why: %j', (variables, pointer, message) => {
    expect(slowOf(variables)).toEqual([{ pointer, message: expect.stringMatching(message) }]);
  });

  test('is not one with ordinary patterns, references and lists', () => {
    const money = { type: 'object', properties: { amount: { type: 'number' } } };
    const properties = {
      plate: { type: 'string', pattern: '^[A-Z]{1,3}-[A-Z]{1,2} \\d{1,4}$' },
      mail: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$', maxLength: 200 },
      prices: { type: 'array', uniqueItems: true, items: { $ref: '#/$defs/money' } },
      total: { $ref: '#/$defs/money' },
    };
    expect(slowOf({ $defs: { money }, properties })).toEqual([]);
  });
});

test('a schema of more keywords than can be compiled in passing is refused', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 1001 }, (_, i) => [`p${i}`, { type: 'string' }]),
  );
  expect(parseFlowFile(JSON.stringify({ context: { properties } }), 'shop').problems).toEqual([
    {
      pointer: '/context',
      message: 'it has 2003 keywords and names of properties, the most is 2000',
    },
  ]);
});

describe('references that lead back to where they are', () => {
  const X = { $ref: '#/$defs/x' };
  test.each([
    [
      'a definition that is itself',
      { properties: { a: X }, $defs: { x: X } },
      '/variables/$defs/x/$ref',
    ],
    [
      'under allOf',
      { properties: { a: X }, $defs: { x: { allOf: [{ type: 'string' }, X] } } },
      '/variables/$defs/x/allOf/1/$ref',
    ],
    ['the whole', { anyOf: [{ $ref: '#' }, { required: ['a'] }] }, '/variables/anyOf/0/$ref'],
    [
      'two that lead to each other, under not and dependentSchemas',
      {
        $defs: {
          x: { not: { $ref: '#/$defs/y' } },
          y: { type: 'object', dependentSchemas: { a: X } },
        },
      },
      '/variables/$defs/y/dependentSchemas/a/$ref',
    ],
  ])('are a problem of the definition: %s', (_name, variables, pointer) => {
    const { problems } = parseFlowFile(JSON.stringify({ variables }), 'default');
    const message = 'the reference leads back to where it is, so validation would never end';
    expect(problems).toEqual([{ pointer, message }]);
  });

  test('are none where they lead into the value, or where two lead to the same', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#/$defs/x' } } };
    const twice = { allOf: [{ $ref: '#/$defs/x' }, { $ref: '#/$defs/x' }] };
    const named = {
      type: 'object',
      enum: [{ $ref: '#' }],
      properties: { $ref: { type: 'string' } },
    };
    const variables = { properties: { a: X, b: twice, c: named }, $defs: { x: tree } };
    expect(parseFlowFile(JSON.stringify({ variables }), 'default').problems).toBeUndefined();
  });

  test('by a name are a violation, not a bug', () => {
    const x = { $dynamicAnchor: 'x', allOf: [{ $ref: '#x' }] };
    const { definition } = parseFlowFile(
      JSON.stringify({ variables: { properties: { a: { $ref: '#x' } }, $defs: { x } } }),
      'default',
    );
    const posted = { variables: keyValuesFrom({ a: 1 }, ''), context: undefined };
    expect(definition?.validate(posted).violations).toEqual([
      {
        pointer: '/variables',
        keyword: '$ref',
        message:
          'correct the definition: by the definition of flow "default" it cannot be validated, since references in the definition never end',
      },
    ]);
  });
});
