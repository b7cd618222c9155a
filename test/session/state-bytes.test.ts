// The bytes of a state, held to what generated code writes.

import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { readState } from '../../src/session/read-state.ts';
import { withStateBytes } from '../../src/session/state-bytes.ts';
import { anyState } from './arbitrary-states.ts';

const bytesOf = (state: SessionState) => withStateBytes(state, (bytes) => Buffer.from(bytes));

test('any state is written as generated code writes it, created here or read', () => {
  fc.assert(
    fc.property(anyState, (state) => {
      const expected = toBinary(SessionStateSchema, state);
      expect(bytesOf(state).equals(expected)).toBe(true);
      expect(bytesOf(readState(expected)).equals(expected)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('a state of megabytes is written likewise, and one after it', () => {
  const json = JSON.stringify('漢'.repeat(700_000));
  for (const context of [[{ key: 'a', json }], [{ key: 'a', json: '1' }]]) {
    const state = create(SessionStateSchema, { sessionId: 's', updates: [{ context }] });
    const expected = toBinary(SessionStateSchema, state);
    expect(bytesOf(state).equals(expected)).toBe(true);
    expect(bytesOf(readState(expected)).equals(expected)).toBe(true);
  }
});

/** A field that no version has: number 15, with the value 7. */
const UNKNOWN = Uint8Array.of(0x78, 7);

/** A message in a field. */
function field(number: number, ...parts: Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of((number << 3) | 2, bytes.length), bytes]);
}

test.each<[string, Uint8Array]>([
  ['the state', UNKNOWN],
  ['an update', field(6, UNKNOWN)],
  ['a stamp', field(6, field(1, UNKNOWN))],
  ['the time of an event', field(6, field(1, field(1, UNKNOWN)))],
  ['an entry', field(6, field(6, UNKNOWN))],
  ['a step', field(7, UNKNOWN)],
  ['the last time of receipt', field(8, UNKNOWN)],
])('a field of a later version is kept in %s', (_, bytes) => {
  expect(bytesOf(readState(bytes)).equals(bytes)).toBe(true);
});
