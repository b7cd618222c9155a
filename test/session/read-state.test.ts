// The reader of states, held to what generated code reads.

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Entry,
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { readState } from '../../src/session/read-state.ts';
import { StoredEntry } from '../../src/session/stored-entry.ts';
import { anyState } from './arbitrary-states.ts';
import { delta } from './arbitrary-updates.ts';

/** A state, or undefined if its bytes are none. */
function attempt(read: (bytes: Uint8Array) => SessionState, bytes: Uint8Array) {
  try {
    return plain(read(bytes));
  } catch {
    return undefined;
  }
}

/** With all values as texts. */
function plain(given: SessionState): unknown {
  const text = ({ key, json }: Entry) => ({ key, json });
  const history = given.history.map((step) => {
    const { nodeId, timestamp, position, receivedAfterMs, $unknown } = step;
    return { nodeId, timestamp, position, receivedAfterMs, $unknown };
  });
  const updates = given.updates.map((each) => ({
    ...each,
    contentTag: [...each.contentTag],
    variables: each.variables.map(text),
    context: each.context.map(text),
  }));
  return JSON.parse(
    JSON.stringify({ ...given, sealed: [...given.sealed], updates, history }, (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    ),
  );
}

function expectSame(bytes: Uint8Array): void {
  const generated = attempt((read) => fromBinary(SessionStateSchema, read), bytes);
  expect(attempt(readState, bytes)).toEqual(generated);
}

describe('readState()', () => {
  test('reads any state as generated code does', () => {
    fc.assert(
      fc.property(anyState, (given) => {
        const bytes = toBinary(SessionStateSchema, given);
        expectSame(bytes);
        expect(Buffer.from(toBinary(SessionStateSchema, readState(bytes))).equals(bytes)).toBe(
          true,
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('reads and refuses damaged bytes as generated code does', () => {
    const change = fc.record({ place: fc.nat(), byte: fc.nat(255), removed: fc.nat(2) });
    const changed = fc
      .tuple(fc.oneof(anyState, delta), fc.array(change, { minLength: 1, maxLength: 3 }))
      .map(([given, changes]) => {
        const bytes = [...toBinary(SessionStateSchema, given)];
        for (const { place, byte, removed } of changes)
          bytes.splice(place % (bytes.length + 1), removed, byte);
        return Uint8Array.from(bytes);
      });
    fc.assert(fc.property(fc.oneof(changed, fc.uint8Array()), expectSame), { numRuns: 5000 });
  });

  test('reads every beginning of a state as generated code does', () => {
    for (const given of fc.sample(anyState, { numRuns: 20, seed: 1 })) {
      const bytes = toBinary(SessionStateSchema, given);
      for (let length = 0; length <= Math.min(bytes.length, 400); length++)
        expectSame(bytes.subarray(0, length));
    }
  });

  test.each<[string, (writer: BinaryWriter) => void]>([
    ['a field that is not known', (writer) => writer.tag(15, WireType.Varint).uint32(1)],
    ['a field with a number above 15', (writer) => writer.tag(99, WireType.Varint).uint32(1)],
    ['a message in two parts', (writer) => twice(writer, 8, [8, 5])],
    ['an entry in the other order', (writer) => update5(writer, [0x12, 1, 0x31, 0x0a, 1, 0x61])],
    ['an entry with a field twice', (writer) => update5(writer, [0x12, 1, 0x31, 0x12, 1, 0x32])],
    ['a value that is not UTF-8', (writer) => update5(writer, [0x12, 2, 0xc3, 0x28])],
    ['a key that is not UTF-8', (writer) => update5(writer, [0x0a, 1, 0xff, 0x12, 1, 0x31])],
  ])('reads %s as generated code does', (_, write) => {
    const writer = new BinaryWriter();
    write(writer);
    expectSame(writer.finish());
  });

  test('keeps fields that it does not know', () => {
    const bytes = new BinaryWriter().tag(15, WireType.Varint).uint32(7).finish();
    expect(Buffer.from(toBinary(SessionStateSchema, readState(bytes))).equals(bytes)).toBe(true);
  });

  test('leaves the values of what this service writes where they are', () => {
    fc.assert(
      fc.property(delta, (given) => {
        const read = readState(toBinary(SessionStateSchema, given));
        for (const { variables, context } of read.updates)
          for (const entry of [...variables, ...context]) {
            expect(entry).toBeInstanceOf(StoredEntry);
            const { jsonBytes } = entry as StoredEntry;
            const copy = Buffer.alloc(jsonBytes);
            (entry as StoredEntry).copyJson(copy, 0);
            expect(copy.toString()).toBe(entry.json);
          }
      }),
    );
  });
});

function twice(writer: BinaryWriter, field: number, bytes: number[]): void {
  for (let time = 0; time < 2; time++)
    writer.tag(field, WireType.LengthDelimited).bytes(Uint8Array.from(bytes));
}

/** An update with this entry among its variables. */
function update5(writer: BinaryWriter, entry: number[]): void {
  writer.tag(6, WireType.LengthDelimited).fork();
  writer.tag(5, WireType.LengthDelimited).bytes(Uint8Array.from(entry)).join();
}
