// What a former service left of a session, as the first update of this one: its base. It has an id
// that follows from the session and the layout, and a stamp that follows from the stored time. So
// processes that read it at the same time store one update, and it comes before every update whose
// event is later, whenever it is stored: merging does not depend on the order of arrival.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { missingValueIn } from '../identifier.ts';
import { ID_MAX_LENGTH } from '../limits.ts';
import { usableSteps } from '../posted-steps.ts';
import { createDelta } from '../session-update.ts';
import { createStamp, eventMsOf } from '../stamp.ts';
import { type Instant, parseTimestamp } from '../timestamp.ts';
import { createBaseId } from '../update-id.ts';
import type { LegacyLayout, LegacyState } from './legacy-state.ts';

/** A time in the future counts as so long ago: longer than a request may take, so that no update
 * that arrives now comes before it. */
const FUTURE_COUNTS_AS_MS_AGO = 60_000;

/** How many bytes of a damaged value are kept, for those who inspect the session. */
const DAMAGED_KEPT_BYTES = 64 * 1024;

/** What comes before them: longer than the part of a stored value in which the beginning of a frame
 * is looked for. */
const DAMAGED_LABEL = 'damaged value of a former service:'.padEnd(128);

/** The base of a session. */
export type BaseUpdate = {
  updateId: string;
  delta: SessionState;
  userId: string;
  flowId: string;
  /** Unix ms. */
  eventMs: number;
};

/** The base that an intact state becomes. `nowMs` (unix) matters only for a time in the future. A
 * user or a flow that stands for a missing value (`undefined`, `null`, a placeholder) is left out,
 * and so is a step of the history that cannot be used. */
export function baseUpdateFrom(
  layout: LegacyLayout,
  state: LegacyState,
  { nowMs }: { nowMs: number },
): BaseUpdate {
  const { sessionId, variables, context, timestamp } = state;
  const updateId = createBaseId({ sessionId, layout });
  const [userId, flowId] = [resolvedId(state.userId), resolvedId(state.flowId)];
  const event = pastInstant(parseTimestamp(timestamp), nowMs);
  const receivedMicros = event.seconds * 1_000_000n + BigInt(Math.floor(event.nanos / 1000));
  const stamp = createStamp(event, { receivedMicros, sequence: 0n, updateId });
  const receivedMs = eventMsOf(stamp);
  const delta = createDelta(
    {
      posted: {
        ...{ sessionId, userId, flowId, timestamp, variables, context, history: state.history },
        ...{ removedVariables: [], removedContext: [], replace: [] },
        ...{ updateId, inputId: '', sequence: 0n, ttlSeconds: undefined, ttlMode: '' },
      },
      ...{ updateId, stamp, eventMs: receivedMs, receivedMs, isRepeatable: true },
      contentTag: new Uint8Array(),
      timestamp: timestamp || new Date(receivedMs).toISOString(),
      steps: usableSteps(state.history).steps,
      ignoredSteps: [],
    },
    { variables, context },
  );
  return { updateId, delta, userId, flowId, eventMs: receivedMs };
}

/** What is stored of a value that cannot be read, in place of a frame: the value after a label,
 * which is no length of a frame. So the session shows the damage as it shows that of a frame. */
export function damagedBase(
  layout: LegacyLayout,
  { sessionId, bytes }: { sessionId: string; bytes: Uint8Array },
): { updateId: string; frame: Uint8Array } {
  const frame = Buffer.concat([Buffer.from(DAMAGED_LABEL), bytes.subarray(0, DAMAGED_KEPT_BYTES)]);
  return { updateId: createBaseId({ sessionId, layout }), frame };
}

function resolvedId(id: string): string {
  const isUsable = missingValueIn(id) === undefined && [...id].length <= ID_MAX_LENGTH;
  return isUsable ? id : '';
}

/** The instant of the latest event, if it is not in the future; 1970 if it is not known. */
function pastInstant(event: Instant | undefined, nowMs: number): Instant {
  if (event === undefined) return { seconds: 0n, nanos: 0, hasFraction: true };
  const eventMs = Number(event.seconds) * 1000 + event.nanos / 1e6;
  if (eventMs <= nowMs) return event;
  const pastMs = nowMs - FUTURE_COUNTS_AS_MS_AGO;
  const seconds = BigInt(Math.floor(pastMs / 1000));
  return { seconds, nanos: (pastMs % 1000) * 1_000_000, hasFraction: true };
}
