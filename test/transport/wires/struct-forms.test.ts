// Structs that no generated code writes, and those that are refused.

import { create, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { StructSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { keyValuesFrom } from '../../../src/session/json/value.ts';
import { JSON_VALUES_MAX, UPDATE_KEYS_MAX } from '../../../src/session/limits.ts';
import { keyValuesFromStruct } from '../../../src/transport/wires/struct-reader.ts';
import { generated, readEntries, refusalOf, structBytes } from './struct-bytes.ts';

describe('forms that no generated code writes', () => {
  const entry = (key: string, value: Uint8Array) =>
    new BinaryWriter().uint32(10).fork().uint32(10).string(key).uint32(18).bytes(value).join();
  const value = (kind: Parameters<typeof create<typeof ValueSchema>>[1]) =>
    toBinary(ValueSchema, create(ValueSchema, kind));
  const text = (of: string) => value({ kind: { case: 'stringValue', value: of } });
  const struct = (fields: JsonObject) =>
    new BinaryWriter().uint32(42).bytes(structBytes(fields)).finish();

  test.each<[string, Uint8Array]>([
    [
      'a name twice',
      Buffer.concat([entry('a', text('1')).finish(), entry('a', text('2')).finish()]),
    ],
    [
      'a name that is not sent',
      new BinaryWriter().uint32(10).fork().uint32(18).bytes(text('1')).join().finish(),
    ],
    [
      'a value before its name',
      new BinaryWriter()
        .uint32(10)
        .fork()
        .uint32(18)
        .bytes(text('1'))
        .uint32(10)
        .string('a')
        .join()
        .finish(),
    ],
    [
      'a value of two kinds',
      entry('a', Buffer.concat([text('1'), struct({ b: 1 }), text('2')])).finish(),
    ],
    [
      'an object in two pieces',
      entry('a', Buffer.concat([struct({ b: 1, c: 2 }), struct({ b: 3, d: [4] })])).finish(),
    ],
    [
      'a value in two pieces',
      new BinaryWriter()
        .uint32(10)
        .fork()
        .uint32(10)
        .string('a')
        .uint32(18)
        .bytes(struct({ b: 1 }))
        .uint32(18)
        .bytes(struct({ c: 2 }))
        .join()
        .finish(),
    ],
    [
      'an object after another kind',
      entry('a', Buffer.concat([struct({ b: 1 }), text('x'), struct({ c: 2 })])).finish(),
    ],
    [
      'more values in all than a session may have, of which one remains',
      Buffer.concat(
        Array.from({ length: JSON_VALUES_MAX + 1 }, () => entry('a', text('1')).finish()),
      ),
    ],
    [
      'an unusable value that another one replaces',
      Buffer.concat([
        entry('a', value({ kind: { case: 'numberValue', value: Number.NaN } })).finish(),
        entry('a', new Uint8Array()).finish(),
        entry('a', text('1')).finish(),
      ]),
    ],
    [
      'unknown fields',
      Buffer.concat([
        Buffer.from([
          0x78, 0x01, 0x7a, 0x01, 0x61, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4, 0x7b, 0x08,
          0x01, 0x7c,
        ]),
        entry('a', text('1')).finish(),
      ]),
    ],
    [
      'names twice in an object',
      entry(
        'a',
        new BinaryWriter()
          .uint32(42)
          .bytes(
            Buffer.concat([
              entry('x', text('1')).finish(),
              entry('y', text('2')).finish(),
              entry('x', text('3')).finish(),
            ]),
          )
          .finish(),
      ).finish(),
    ],
  ])('%s', (_what, bytes) => {
    expect(readEntries(bytes)).toEqual(generated(bytes));
  });

  test.each<[string, Uint8Array]>([
    ['a value without a kind', entry('a', new Uint8Array()).finish()],
    ['no value', new BinaryWriter().uint32(10).fork().uint32(10).string('a').join().finish()],
    [
      'one within a list',
      entry(
        'a',
        new BinaryWriter().uint32(50).fork().uint32(10).bytes(new Uint8Array()).join().finish(),
      ).finish(),
    ],
  ])('%s is refused with its path', (_what, bytes) => {
    const refusal = refusalOf(() => keyValuesFromStruct(bytes, '/variables'));
    expect([refusal.reason, refusal.violations[0]?.pointer]).toEqual(['invalid', '/variables/a']);
  });
});

test('too many values without a kind are too many', () => {
  const item = new BinaryWriter().uint32(10).bytes(new Uint8Array()).finish();
  const list = Buffer.concat(Array(JSON_VALUES_MAX).fill(item));
  const bytes = new BinaryWriter()
    .uint32(10)
    .fork()
    .uint32(10)
    .string('a')
    .uint32(18)
    .fork()
    .uint32(50)
    .bytes(list)
    .join()
    .join()
    .finish();
  expect(refusalOf(() => keyValuesFromStruct(bytes, '/variables')).reason).toBe('too_large');
});

test.each([
  ['NaN', { a: [Number.NaN] }],
  ['an infinity', { a: { b: Number.NEGATIVE_INFINITY } }],
  ['a value nested too deep', { a: nested(31) }],
  [
    'too many keys',
    Object.fromEntries(Array.from({ length: UPDATE_KEYS_MAX + 1 }, (_, n) => [`k${n}`, 1])),
  ],
  ['too many values', { a: Array.from({ length: JSON_VALUES_MAX }, () => 1) }],
])('%s is refused in the same words', (_what, variables) => {
  const bytes = toBinary(StructSchema, create(StructSchema, structOf(variables)));
  const own = refusalOf(() => keyValuesFromStruct(bytes, '/variables'));
  const general = refusalOf(() => keyValuesFrom(variables, '/variables'));
  expect([own.reason, own.message, own.violations]).toEqual([
    general.reason,
    general.message,
    general.violations,
  ]);
});

function nested(levels: number): JsonValue {
  return JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
}

/** Generated code's Struct, which may hold what JSON may not. */
function structOf(object: JsonObject): { fields: Record<string, object> } {
  return {
    fields: Object.fromEntries(
      Object.entries(object).map(([key, value]) => [key, valueFrom(value)]),
    ),
  };
}

function valueFrom(value: JsonValue): object {
  if (typeof value === 'number') return { kind: { case: 'numberValue', value } };
  if (Array.isArray(value))
    return { kind: { case: 'listValue', value: { values: value.map(valueFrom) } } };
  return { kind: { case: 'structValue', value: structOf(value as JsonObject) } };
}
