import { expect, test } from 'vitest';
import type { FlowDefinition } from '../../../src/session/flow/definition.ts';
import { parseFlowFile } from '../../../src/session/flow/file.ts';

function problemsOf(file: unknown): [string, string][] {
  const { problems = [] } = parseFlowFile(
    typeof file === 'string' ? file : JSON.stringify(file),
    'checkout',
  );
  return problems.map(({ pointer, message }) => [pointer, message]);
}

function definitionOf(file: unknown): FlowDefinition {
  const { definition, problems } = parseFlowFile(JSON.stringify(file), 'checkout');
  if (!definition) throw new Error(JSON.stringify(problems));
  return definition;
}

test('a definition may say nothing: it is named by its file, and everything else is the default', () => {
  expect(definitionOf({})).toEqual({
    ...{ flowId: 'checkout', ttlMs: undefined, historyMaxEntries: undefined, fallback: undefined },
    validate: expect.any(Function),
  });
});

test('a definition says which flow it is for, how long sessions live and how much history is answered', () => {
  const file = { flowId: 'orders/checkout', description: 'x', ttl: 'PT2H', historyMaxEntries: 50 };
  expect(definitionOf(file)).toMatchObject({
    flowId: 'orders/checkout',
    ttlMs: 7_200_000,
    historyMaxEntries: 50,
  });
});

test.each([
  ['90m', 5_400_000],
  ['3600', 3_600_000],
  [3600, 3_600_000],
  ['1s', 1000],
  ['400d', 34_560_000_000],
])('the ttl %s is %d ms', (ttl, ms) => {
  expect(definitionOf({ ttl }).ttlMs).toBe(ms);
});

test.each(['soon', '', '0s', '401d', 'P1M', 0, -1])('the ttl %j is refused', (ttl) => {
  expect(problemsOf({ ttl })).toEqual([
    ['/ttl', expect.stringContaining('it must be a duration such as 24h')],
  ]);
});

test.each([
  ['no JSON', '{"a":', '', /^it is not JSON: /],
  ['no object', [], '', /^it must be an object, not an array$/],
  [
    'a misspelt member',
    { variabels: {} },
    '/variabels',
    /^it must be one of the properties "flowId", /,
  ],
  ['an empty flowId', { flowId: '' }, '/flowId', /fewer than 1 characters/],
  ['a flowId that is no text', { flowId: 7 }, '/flowId', /^it must be a string, not a number$/],
  ['coerce as a text', { coerce: 'yes' }, '/coerce', /^it must be a boolean, not a string$/],
  [
    'no history',
    { historyMaxEntries: 0 },
    '/historyMaxEntries',
    /^it must be >= 1 \(an integer\)$/,
  ],
  ['too much history', { historyMaxEntries: 501 }, '/historyMaxEntries', /^it must be <= 500/],
  [
    'half an entry',
    { historyMaxEntries: 1.5 },
    '/historyMaxEntries',
    /^it must be an integer, not a number$/,
  ],
  [
    'a schema that is no object',
    { variables: true },
    '/variables',
    /^it must be an object, not a boolean$/,
  ],
  [
    'a part that is no object',
    { context: { type: 'array' } },
    '/context/type',
    /^it must be "object"$/,
  ],
  [
    'a deep file',
    `{"context":${'{"not":'.repeat(99)}{}${'}'.repeat(99)}}`,
    '',
    /deeper than 100 levels$/,
  ],
  ['an endless file', '['.repeat(20_000) + ']'.repeat(20_000), '', /deeper than 100 levels$/],
  [
    'another version of JSON Schema',
    { variables: { $schema: 'http://json-schema.org/draft-07/schema#' } },
    '/variables/$schema',
    /^it must be "https:\/\/json-schema.org\/draft\/2020-12\/schema"$/,
  ],
  [
    'a type that there is not',
    { variables: { properties: { 'a/b': { type: 'nmber' } } } },
    '/variables/properties/a~1b/type',
    /^it must be one of "array", .*"string", or must be an array, not a string$/,
  ],
  [
    'a misspelt keyword',
    { context: { requird: ['a'] } },
    '/context/requird',
    /^"requird" is not a keyword of JSON Schema$/,
  ],
  [
    'nullable',
    { variables: { properties: { a: { type: 'number', nullable: true } } } },
    '/variables/properties/a/nullable',
    /not a keyword of JSON Schema; write "type": \["number", "null"\]/,
  ],
  [
    'asynchronous validation',
    { variables: { $async: true } },
    '/variables/$async',
    /is not a keyword/,
  ],
  [
    'a keyword without its type',
    { variables: { properties: { a: { minLength: 2 } } } },
    '/variables/properties/a',
    /^"minLength" has no effect without "type": "string" next to it$/,
  ],
  [
    'an unknown format',
    { variables: { properties: { a: { type: 'string', format: 'emial' } } } },
    '/variables/properties/a/format',
    /^the format "emial" is not known$/,
  ],
  [
    'a bad pattern',
    { variables: { properties: { a: { type: 'string', pattern: '(' } } } },
    '/variables/properties/a/pattern',
    /^it is not a regular expression: Unterminated group$/,
  ],
  [
    'a reference to elsewhere',
    { variables: { properties: { a: { $ref: 'https://example.com/a.json' } } } },
    '/variables/properties/a/$ref',
    /^the reference "https:\/\/example.com\/a.json" leads nowhere/,
  ],
  [
    'a reference to what Ajv brings along',
    { context: { $ref: 'https://json-schema.org/draft/2020-12/schema' } },
    '/context/$ref',
    /leads nowhere/,
  ],
  [
    'a reference to the other part',
    { variables: { $ref: '#/$defs/a' }, context: { $defs: { a: { type: 'object' } } } },
    '/variables/$ref',
    /^the reference "#\/\$defs\/a" leads nowhere/,
  ],
  [
    'a member __proto__',
    '{"variables":{"properties":{"__proto__":{"type":"string"}}}}',
    '/variables/properties/__proto__',
    /would not be validated; write "patternProperties"/,
  ],
  [
    'a misspelt part of the fallback',
    { fallback: { contxt: {} } },
    '/fallback/contxt',
    /"variables", "context"/,
  ],
  [
    'a fallback that its own schema refuses',
    { variables: { properties: { a: { type: 'number' } } }, fallback: { variables: { a: 'x' } } },
    '/fallback/variables/a',
    /^it must be a number, not a string$/,
  ],
  [
    'a fallback out of range',
    '{"fallback":{"context":{"a":1e400}}}',
    '/fallback/context/a',
    /out of range/,
  ],
])('%s is refused, with its place', (_what, file, pointer, message) => {
  expect(problemsOf(file)).toEqual([[pointer, expect.stringMatching(message)]]);
});

test('all problems of a file are reported at once, up to a limit', () => {
  const variables = { properties: { a: { type: 'number' } } };
  const file = {
    ttl: 'x',
    variables,
    context: { requird: [] },
    fallback: { variables: { a: [] } },
  };
  expect(problemsOf(file).map(([pointer]) => pointer)).toEqual([
    '/ttl',
    '/context/requird',
    '/fallback/variables/a',
  ]);
  const names = Array.from({ length: 50 }, (_, index) => [`member${index}`, 1]);
  expect(problemsOf(Object.fromEntries(names))).toHaveLength(20);
});

test('a file with problems is still known by the flow that it names', () => {
  expect(parseFlowFile('{"flowId":"orders/checkout","ttl":"x"}', 'a').flowId).toBe(
    'orders/checkout',
  );
  expect(parseFlowFile('{"ttl":"x"}', 'a').flowId).toBe('a');
  expect(parseFlowFile('{', 'a').flowId).toBeUndefined();
});

test('a fallback is coerced as what is posted is; a part that it leaves out is empty, and not validated', () => {
  const variables = { properties: { a: { type: 'number' } }, required: ['a'] };
  const file = { coerce: true, variables, fallback: { variables: { a: '5' } } };
  expect(definitionOf(file).fallback).toEqual({
    variables: [{ key: 'a', json: '5' }],
    context: [],
  });
  expect(definitionOf({ variables, fallback: { context: { b: 1 } } }).fallback).toEqual({
    variables: [],
    context: [{ key: 'b', json: '1' }],
  });
});

test('references within a schema are followed, identified schemas of two files do not meet', () => {
  const file = (type: string) => ({
    context: {
      $id: 'https://example.com/context',
      properties: { a: { $ref: '#/$defs/a' } },
      $defs: { a: { $id: 'https://example.com/a', type } },
    },
  });
  const [first, second] = [definitionOf(file('string')), definitionOf(file('number'))];
  const posted = { variables: undefined, context: [{ key: 'a', json: '1' }] };
  expect(first.validate(posted).violations).toHaveLength(1);
  expect(second.validate(posted).violations).toEqual([]);
});
