import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFlowFile } from '../../../src/session/flow/file.ts';
import type { KeyValue } from '../../../src/session/json/value.ts';

const ANY = { type: 'array', items: true };

/** The variables that remain of these, where `a` has a schema, and what it does not allow. */
function coerce(schema: object, entries: KeyValue[], coerces = true) {
  const file = { coerce: coerces, variables: { patternProperties: { '^(a|__proto__)$': schema } } };
  const { definition, problems } = parseFlowFile(JSON.stringify(file), 'default');
  if (!definition) throw new Error(JSON.stringify(problems));
  const { variables = [], violations } = definition.validate({
    variables: entries,
    context: undefined,
  });
  return { variables, found: violations.map(({ pointer, keyword }) => `${pointer} ${keyword}`) };
}

function coerceOne(schema: object, json: string) {
  const { variables, found } = coerce(schema, [{ key: 'a', json }]);
  return found.length > 0 ? found : variables[0]?.json;
}

test.each([
  ['number', '"42.5"', '42.5'],
  ['number', '" 7 "', '7'],
  ['number', 'true', '1'],
  ['number', 'null', '0'],
  ['integer', '"5.0"', '5'],
  ['integer', '"9007199254740991"', '9007199254740991'],
  ['string', '42.5', '"42.5"'],
  ['string', 'false', '"false"'],
  ['string', 'null', '""'],
  ['boolean', '"true"', 'true'],
  ['boolean', '0', 'false'],
  ['null', '""', 'null'],
  [['number', 'null'], '""', 'null'],
  [['number', 'null'], 'null', 'null'],
  [['number', 'string'], '"42.5"', '"42.5"'],
])('to the type %j, %s becomes %s', (type, json, coerced) => {
  expect(coerceOne({ type }, json)).toBe(coerced);
});

test.each([
  ['number', '"forty"'],
  ['number', '""'],
  ['integer', '"5.5"'],
  ['boolean', '"yes"'],
  ['string', '[1]'],
  ['array', '"x"'],
  ['object', '"{}"'],
  ['number', '"1e400"'],
  ['number', '"Infinity"'],
  ['integer', '"9007199254740993"'],
  ['number', '"-12345678901234567890"'],
  ['number', '"+12345678901234567890"'],
  ['number', '" 12345678901234567890 "'],
])('to the type %j, %s is not coerced', (type, json) => {
  expect(coerceOne({ type }, json)).toEqual(['/variables/a type']);
});

test('a text deep in a value that no number says is found, and everything stays as it was posted', () => {
  const schema = {
    type: 'array',
    items: { type: 'object', additionalProperties: { type: 'number' } },
  };
  expect(coerceOne(schema, '[{"b/":"1"},{"b/":"1e400"}]')).toEqual(['/variables/a/1/b~1 type']);
  const { variables } = coerce(schema, [{ key: 'a', json: '[{"b":"1"},{"b":"1e400"}]' }]);
  expect(variables).toEqual([{ key: 'a', json: '[{"b":"1"},{"b":"1e400"}]' }]);
});

test('without coerce nothing is coerced', () => {
  expect(coerce({ type: 'number' }, [{ key: 'a', json: '"42.5"' }], false).found).toEqual([
    '/variables/a type',
  ]);
});

test('values inside of values are coerced, under any name', () => {
  const schema = { type: 'object', additionalProperties: { type: 'number' } };
  expect(coerceOne(schema, '{"x":"1","__proto__":"2","":"3"}')).toBe('{"x":1,"__proto__":2,"":3}');
  const { variables } = coerce({ type: 'number' }, [{ key: '__proto__', json: '"1"' }]);
  expect(variables).toEqual([{ key: '__proto__', json: '1' }]);
});

test('what coercion does not touch keeps its text to the letter', () => {
  const texts = [
    '1.0',
    '9007199254740992',
    '1E2',
    '"\\u0041"',
    '[ 1 ]',
    '{"b": 1}',
    '-0',
    '{"__proto__":1.0}',
  ];
  for (const json of texts) {
    const untouched = { key: 'untouched', json };
    expect(coerce({ type: 'number' }, [untouched, { key: 'a', json: '"1"' }])).toEqual({
      variables: [untouched, { key: 'a', json: '1' }],
      found: [],
    });
  }
});

test('values that fit come back as they were, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 3 })), (value) => {
      const json = JSON.stringify(value);
      expect(coerceOne(ANY, json)).toBe(json);
    }),
  );
});
