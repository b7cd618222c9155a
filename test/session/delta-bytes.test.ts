// The bytes of a delta, held to what generated code writes.

import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type SessionState,
  SessionStateSchema,
} from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { withDeltaBytes } from '../../src/session/delta-bytes.ts';
import { encodeDelta, encodeFrame } from '../../src/session/frame.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.constantFrom('', 'ä', 'x'.repeat(127), 'x'.repeat(128), '漢'.repeat(43), 'x'.repeat(20_000)),
);
const bigint = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 127n, 128n, 2n ** 53n, 2n ** 63n),
);
const time = fc.record({
  seconds: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
  nanos: fc.nat(999_999_999),
});
const entries = fc.array(fc.record({ key: text, json: text }), { maxLength: 4 });
const update = fc.record({
  stamp: fc.option(
    fc.record({
      event: fc.option(time, { nil: undefined }),
      received: fc.option(time, { nil: undefined }),
      sequence: bigint,
      updateId: text,
    }),
    { nil: undefined },
  ),
  ...{ timestamp: text, userId: text, flowId: text, variables: entries, context: entries },
  removedVariables: fc.array(text, { maxLength: 3 }),
  removedContext: fc.array(text, { maxLength: 3 }),
  contentTag: fc.uint8Array({ maxLength: 32 }),
  replacesVariables: fc.boolean(),
  replacesContext: fc.boolean(),
});
const step = fc.record({
  nodeId: text,
  timestamp: text,
  position: fc.nat(2 ** 32 - 1),
  receivedAfterMs: fc.option(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), { nil: undefined }),
});
const delta: fc.Arbitrary<SessionState> = fc
  .record({
    format: fc.constantFrom(0, 1, 2),
    sessionId: text,
    updates: fc.array(update, { minLength: 1, maxLength: 2 }),
    history: fc.array(step, { maxLength: 3 }),
  })
  .map((init) => create(SessionStateSchema, init as never));

test('any delta is written as generated code writes it', () => {
  fc.assert(
    fc.property(delta, (state) => {
      const bytes = withDeltaBytes(state, (written) => Buffer.from(written));
      expect(bytes.equals(toBinary(SessionStateSchema, state))).toBe(true);
      expect(Buffer.from(encodeDelta(state)).equals(encodeFrame(state))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('a delta of megabytes is written likewise, and one after it', () => {
  const json = JSON.stringify('漢'.repeat(700_000));
  for (const context of [[{ key: 'a', json }], [{ key: 'a', json: '1' }]]) {
    const state = create(SessionStateSchema, { sessionId: 's', updates: [{ context }] });
    expect(Buffer.from(encodeDelta(state)).equals(encodeFrame(state))).toBe(true);
  }
});
