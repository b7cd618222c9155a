// Restore's own writing of a session, held to what generated code writes.

import { create, fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RestoreResponseSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { HistoryStepSchema } from '../../../src/gen/cognigy/session/v1/session_state_pb.ts';
import type { RestoredSession } from '../../../src/service/session-service.ts';
import { keyValuesFrom } from '../../../src/session/json/value.ts';
import { RESTORE_CODEC } from '../../../src/transport/rpc/restore-codec.ts';
import { sessionMessage } from '../../../src/transport/rpc/session-message.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '__proto__'));
const entries = fc
  .dictionary(text, fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>)
  .map((object) => keyValuesFrom(object, '/variables'));
const step = fc
  .record({ nodeId: text, timestamp: text })
  .map((each) => create(HistoryStepSchema, each));
const session: fc.Arbitrary<RestoredSession> = fc.record({
  ...{ sessionId: text, userId: text, flowId: text, timestamp: text, etag: text },
  ...{ variables: entries, context: entries, history: fc.array(step, { maxLength: 3 }) },
  lastUpdated: fc.nat().map(timestampFromMs),
  revision: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  outcome: fc.constantFrom('intact', 'recovered', 'fallback'),
  ttlMs: fc.nat(),
  spooledUpdates: fc.nat({ max: 2 }),
});

test('any session is written as generated code writes it', () => {
  fc.assert(
    fc.property(session, (restored) => {
      const message = create(RestoreResponseSchema, { session: sessionMessage(restored) });
      const read = fromBinary(RestoreResponseSchema, RESTORE_CODEC.writeBinary(restored));
      expect(read).toEqual(message);
      expect(JSON.parse(String(RESTORE_CODEC.writeJson(restored)))).toEqual(
        toJson(RestoreResponseSchema, message),
      );
    }),
    { numRuns: 500 },
  );
});
