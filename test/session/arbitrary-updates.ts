// Arbitrary updates of one session, made to collide: few keys, few seconds, few sequences.

import fc from 'fast-check';
import type { SessionState } from '../../src/gen/cognigy/session/v1/session_state_pb.ts';
import { keyValuesFrom } from '../../src/session/json/value.ts';
import type { PostedUpdate } from '../../src/session/session-update.ts';
import { createSessionUpdate } from '../support/session-update.ts';

export const SESSION_ID = 'session-1';

/** 2024-06-15T10:00:00Z. */
export const BASE_SECONDS = 1_718_445_600;

const key = fc.constantFrom('', 'a', 'a.b', '$', '__proto__', 'constructor', 'ключ', '😀');
const keys = fc.uniqueArray(key, { maxLength: 3 });
const values = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });

const timestamp = fc.oneof(
  fc.constant(''),
  fc.integer({ min: BASE_SECONDS - 2, max: BASE_SECONDS + 30 }).map(String),
  fc.integer({ min: 0, max: 3000 }).map((ms) => new Date(BASE_SECONDS * 1000 + ms).toISOString()),
);

/** In how many notations an instant can be written. */
export const NOTATIONS = 6;

/** An instant of a whole second in one of its notations. */
export function timestampIn(notation: number, unixMs: number): string {
  const zoned = (text: string, offsetHours: number) =>
    new Date(unixMs + offsetHours * 3_600_000).toISOString().replace('Z', text);
  const notations = [
    String(unixMs / 1000),
    String(unixMs),
    new Date(unixMs).toISOString(),
    new Date(unixMs).toISOString().replace('.000', ''),
    zoned('+02:00', 2),
    zoned('-05:00', -5),
  ];
  return notations[notation] ?? '';
}

const stepTimestamp = fc.oneof(
  timestamp,
  fc
    .record({ second: fc.integer({ min: 0, max: 3 }), notation: fc.nat({ max: NOTATIONS - 1 }) })
    .map(({ second, notation }) => timestampIn(notation, (BASE_SECONDS + second) * 1000)),
);

const history = fc.array(
  fc.record({ nodeId: fc.constantFrom('start', 'ask', 'end'), timestamp: stepTimestamp }),
  { maxLength: 4 },
);

const replaced = fc.constantFrom(
  ...[[], [], [], []],
  ...[['variables'], ['context'], ['variables', 'context']],
);

/** An update as a caller posts it; one in a few replaces. */
export const postedUpdate: fc.Arbitrary<PostedUpdate> = fc
  .record({
    userId: fc.constantFrom('', 'user-1', 'user-2'),
    flowId: fc.constantFrom('', 'main', 'refund'),
    variables: values,
    context: values,
    removedVariables: keys,
    removedContext: keys,
    replace: replaced,
    history,
    timestamp,
    updateId: fc.constant(''),
    inputId: fc.constant(''),
    sequence: fc.constantFrom(0n, 0n, 1n, 2n, 3n),
  })
  .map((posted) => ({
    ...posted,
    ...{ sessionId: SESSION_ID, ttlSeconds: undefined, ttlMode: '' },
    variables: keyValuesFrom(posted.variables, '/variables'),
    context: keyValuesFrom(posted.context, '/context'),
  }));

/** The delta of an update received within three seconds around the base, on a grid of half
 * seconds. */
export const delta: fc.Arbitrary<SessionState> = fc
  .tuple(postedUpdate, fc.integer({ min: -3, max: 6 }), fc.nat().map(String))
  .map(([posted, halfSeconds, updateId]) => {
    const receivedMicros = BigInt(BASE_SECONDS) * 1_000_000n + BigInt(halfSeconds) * 500_000n;
    return createSessionUpdate({ ...posted, updateId }, receivedMicros).delta;
  });
