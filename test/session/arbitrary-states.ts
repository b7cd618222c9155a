import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { SessionStateSchema } from '../../src/gen/cognigy/session/v1/session_state_pb.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom('', '\ufeff', 'ä'.repeat(16), '漢'.repeat(43), 'x'.repeat(20_000)),
  fc.constantFrom(...[31, 32, 33, 127, 128].map((length) => 'x'.repeat(length))),
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -300, max: 300 }).map(BigInt),
  fc.constantFrom(2n ** 49n, 2n ** 49n - 1n, 2n ** 53n, -(2n ** 47n)),
);
const time = fc.option(fc.record({ seconds: int64, nanos: fc.integer() }), { nil: undefined });
const entries = fc.array(fc.record({ key: text, json: text }), { maxLength: 4 });
const keys = fc.array(text, { maxLength: 3 });
const update = fc.record({
  stamp: fc.option(
    fc.record({
      ...{ event: time, received: time, updateId: text },
      sequence: int64.map((value) => BigInt.asUintN(64, value)),
    }),
    { nil: undefined },
  ),
  ...{ timestamp: text, userId: text, flowId: text, variables: entries, context: entries },
  ...{ removedVariables: keys, removedContext: keys, contentTag: fc.uint8Array({ maxLength: 9 }) },
  ...{ replacesVariables: fc.boolean(), replacesContext: fc.boolean() },
});
const step = fc.record({
  ...{ nodeId: text, timestamp: text, position: fc.nat(2 ** 32 - 1) },
  receivedAfterMs: fc.option(int64, { nil: undefined }),
});
/** A state of any fields, whether they make sense or not. */
export const anyState = fc
  .record({
    ...{ format: fc.nat(2 ** 32 - 1), codec: fc.integer(), keyId: text, sessionId: text },
    sealed: fc.uint8Array({ maxLength: 9 }),
    updates: fc.array(update, { maxLength: 3 }),
    history: fc.array(step, { maxLength: 3 }),
    lastReceived: time,
  })
  .map((init) => create(SessionStateSchema, init as MessageInitShape<typeof SessionStateSchema>));
