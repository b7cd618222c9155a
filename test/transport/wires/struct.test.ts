// google.protobuf.Struct as JSON text, held to what generated code reads and writes.

import { fromBinary, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PersistRequestSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { keyValuesFrom } from '../../../src/session/json/value.ts';
import { plainKeyValues } from '../../../src/transport/wires/struct-reader.ts';
import { writeStruct } from '../../../src/transport/wires/struct-writer.ts';
import { generated, readEntries, structBytes, textsOf, VARIABLES } from './struct-bytes.ts';

const name = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '',
    '0',
    '10',
    '01',
    '4294967295',
    '\ufffd',
    '\ufeff',
  ),
);
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(-0));
const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(name, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 11 }).map(objectFrom),
  ),
}));
const object = fc.array(fc.tuple(name, anyValue), { maxLength: 12 }).map(objectFrom);

// Object.fromEntries makes an own property of every key, `__proto__` included.
function objectFrom(entries: [string, JsonValue][]): JsonObject {
  return Object.fromEntries(entries);
}

test('any object is read as generated code reads it, to the byte', () => {
  fc.assert(
    fc.property(object, (variables) => {
      const bytes = structBytes(variables);
      expect(readEntries(bytes)).toEqual(generated(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('an object is read without generated code, unless a name is an index', () => {
  const index = /"(?:0|[1-9]\d{0,9})":/;
  fc.assert(
    fc.property(object, (variables) => {
      const entries = keyValuesFrom(variables, '/variables');
      const isIndexed = entries.some(({ json }) => index.test(json));
      const read = plainKeyValues(structBytes(variables));
      expect(isIndexed || textsOf(read ?? [])).toEqual(isIndexed || entries);
    }),
    { numRuns: 1000 },
  );
});

test('any object is written so that generated code reads the same', () => {
  fc.assert(
    fc.property(object, (variables) => {
      const entries = keyValuesFrom(variables, '/variables');
      const writer = new BinaryWriter();
      writeStruct(writer, VARIABLES, entries);
      const read = fromBinary(PersistRequestSchema, writer.finish());
      expect(keyValuesFrom(read.variables ?? {}, '/variables')).toEqual(entries);
    }),
    { numRuns: 1000 },
  );
});

test('bytes that generated code refuses are never read; read ones are read alike', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 });
  let readAlike = 0;
  fc.assert(
    fc.property(object, flips, (variables, changes) => {
      const bytes = Uint8Array.from(structBytes(variables));
      for (const [place, byte] of changes) if (bytes.length > 0) bytes[place % bytes.length] = byte;
      let read: ReturnType<typeof generated>;
      try {
        read = readEntries(bytes);
      } catch {
        // It may be stricter: on what lies across the end of a message, or in the wrong wire type.
        return;
      }
      expect(read).toEqual(generated(bytes));
      readAlike += 1;
    }),
    { numRuns: 3000 },
  );
  expect(readAlike).toBeGreaterThan(100);
});

test('a Struct with any byte changed is refused, or read as generated code reads it', () => {
  const variables = {
    a: [1, 'x', null, true, { b: [2, { c: 'é' }] }],
    10: { z: 1, 0: null },
    e: 'a text of more than thirty-two characters, which is read in another way',
  };
  const bytes = structBytes(variables);
  let readAlike = 0;
  for (let place = 0; place < bytes.length; place++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Uint8Array.from(bytes);
      changed[place] = byte;
      let read: ReturnType<typeof generated>;
      try {
        read = readEntries(changed);
      } catch {
        continue;
      }
      expect(read).toEqual(generated(changed));
      readAlike += 1;
    }
  }
  expect(readAlike).toBeGreaterThan(1000);
});

test('the deepest value is read', () => {
  const variables = { a: nested(30) };
  expect(readEntries(structBytes(variables))).toEqual(keyValuesFrom(variables, '/variables'));
});

test('bytes that are not UTF-8 are refused, U+FFFD is text', () => {
  const bytes = structBytes({ name: 'M?ller' });
  const broken = Buffer.from(bytes);
  broken[broken.indexOf('?')] = 0xfc;
  expect(() => readEntries(broken)).toThrow();
  expect(readEntries(structBytes({ name: '\ufffd' }))).toEqual([{ key: 'name', json: '"\ufffd"' }]);
});

function nested(levels: number): JsonValue {
  return JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
}
