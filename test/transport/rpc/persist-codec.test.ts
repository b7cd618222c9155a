// Persist's own reading and writing, held to what generated code makes of the same.

import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  PersistRequestSchema,
  PersistResponseSchema,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import type { Persisted } from '../../../src/service/session-service.ts';
import { inputFromJson, PERSIST_CODEC } from '../../../src/transport/rpc/persist-codec.ts';
import { persistInputFrom, persistResponse } from '../../../src/transport/rpc/persist-message.ts';
import { JSON_OPTIONS } from '../../../src/transport/wires/method.ts';
import { textsOf } from '../wires/struct-bytes.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 's', '\ufffd'));
const values = fc.option(fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<JsonValue>), {
  nil: undefined,
});
const texts = fc.array(text, { maxLength: 3 });
const request = fc
  .record({
    ...{ sessionId: text, userId: text, flowId: text, timestamp: text, updateId: text },
    ...{ inputId: text, lockToken: text, ifMatch: text },
    ...{ variables: values, context: values, removedVariables: texts, removedContext: texts },
    replace: texts,
    ...{ ttl: fc.option(fc.nat(), { nil: undefined }), ttlMode: text },
    history: fc.array(fc.record({ nodeId: text, timestamp: text }), { maxLength: 3 }),
    sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  .map(({ variables, context, ttl, ...others }) =>
    create(PersistRequestSchema, {
      ...others,
      ...(ttl !== undefined && { ttl }),
      ...(variables && { variables }),
      ...(context && { context }),
    }),
  );

/** The request, with values as texts. */
function readBinary(bytes: Uint8Array) {
  const { variables, context, ...others } = PERSIST_CODEC.readBinary(bytes);
  const texts = {
    variables: variables && textsOf(variables),
    context: context && textsOf(context),
  };
  return { ...others, ...texts };
}

test('any request is read from its bytes as generated code reads it', () => {
  fc.assert(
    fc.property(request, (message) => {
      const bytes = toBinary(PersistRequestSchema, message);
      expect(readBinary(bytes)).toEqual(persistInputFrom(fromBinary(PersistRequestSchema, bytes)));
    }),
    { numRuns: 500 },
  );
});

test('a request in pieces is their sum', () => {
  fc.assert(
    fc.property(request, request, (one, other) => {
      const bytes = Buffer.concat(
        [one, other].map((message) => toBinary(PersistRequestSchema, message)),
      );
      expect(readBinary(bytes)).toEqual(persistInputFrom(fromBinary(PersistRequestSchema, bytes)));
    }),
    { numRuns: 200 },
  );
});

test('any request is read from its JSON as generated code reads it, by either names', () => {
  fc.assert(
    fc.property(request, fc.boolean(), (message, useProtoFieldName) => {
      const json = toJson(PersistRequestSchema, message, { useProtoFieldName });
      expect(inputFromJson(json)).toEqual(persistInputFrom(fromJson(PersistRequestSchema, json)));
    }),
    { numRuns: 500 },
  );
});

// What a caller may send in any place: one of them is right, for most fields.
const odd: JsonValue[] = [
  ...[null, true, 0, 7, -1, 1.5, 2 ** 53, 2 ** 64, '', '7', 'x', [], ['a'], [1], [null], {}],
  ...[{ a: 1 }, [{ nodeId: 'n' }], [{ node_id: 'n' }], [{ nodeId: null }], [{ nodeId: 1 }], [{}]],
  [{ nodeId: 'n', other: 1 }],
];
const names = [...PersistRequestSchema.fields.map(({ jsonName }) => jsonName), 'sesionId'];

test.each(names)('what is sent as %s is taken or refused as generated code does it', (name) => {
  for (const value of odd) {
    const body = { sessionId: 's', [name]: value };
    let expected: unknown;
    try {
      expected = persistInputFrom(fromJson(PersistRequestSchema, body, JSON_OPTIONS));
    } catch (error) {
      expect(() => inputFromJson(body)).toThrow((error as Error).message);
      continue;
    }
    expect(inputFromJson(body)).toEqual(expected);
  }
});

const persisted: fc.Arbitrary<Persisted> = fc.record({
  sessionId: text,
  status: fc.constantFrom('accepted', 'dropped'),
  revision: fc.nat(),
  etag: text,
  durability: fc.constantFrom('spooled', 'stored', 'replicated', 'synced'),
  known: fc.boolean(),
  superseded: fc.boolean(),
  ignoredSteps: fc.array(fc.record({ index: fc.nat(), reason: text }), { maxLength: 2 }),
});

test('any answer is written as generated code writes it', () => {
  fc.assert(
    fc.property(persisted, (answer) => {
      const message = create(PersistResponseSchema, persistResponse(answer));
      expect(JSON.parse(String(PERSIST_CODEC.writeJson(answer)))).toEqual(
        toJson(PersistResponseSchema, message),
      );
      expect(fromBinary(PersistResponseSchema, PERSIST_CODEC.writeBinary(answer))).toEqual(message);
    }),
    { numRuns: 500 },
  );
});
