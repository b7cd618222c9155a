// Sessions as the webhook answers them: flat JSON. The texts of the values go out as they are kept.

import { toJson } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Stamp } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import type { FrameInspection, RestoredSession, SessionInspection } from '../../service/session-service.ts';
import { jsonObjectText } from '../../session/json-value.ts';

/** The members of a restored session, without the braces, so that others can be put beside them. */
export function sessionMembers(session: RestoredSession): string {
  const { sessionId, userId, flowId, revision, etag, outcome, ttlMs } = session;
  const history = session.history.map(({ nodeId, timestamp }) => ({ nodeId, timestamp: asSent(timestamp) }));
  const head = JSON.stringify({ sessionId, userId, flowId }).slice(1, -1);
  const tail = JSON.stringify({
    history,
    timestamp: asSent(session.timestamp),
    lastUpdated: toJson(TimestampSchema, session.lastUpdated),
    revision,
    etag,
    outcome,
    ttlMs,
  }).slice(1, -1);
  const variables = jsonObjectText(session.variables);
  const context = jsonObjectText(session.context);
  return `${head},"variables":${variables},"context":${context},${tail}`;
}

/** The members that an inspection adds to its state's. */
export function inspectionMembers(inspection: SessionInspection): string {
  const { logId, incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes, frames } = inspection;
  const createdAt = new Date(createdAtMs).toISOString();
  const expiresAt = new Date(expiresAtMs).toISOString();
  const shown = frames.map((frame: FrameInspection) => ({ ...frame, stamp: stampJson(frame.stamp) }));
  const members = { logId, incarnation, createdAt, expiresAt, snapshotBytes, deltaBytes, frames: shown };
  return JSON.stringify(members).slice(1, -1);
}

/** A timestamp sent as a whole number is answered as one. */
function asSent(timestamp: string): string | number {
  return /^(0|[1-9]\d{0,14})$/.test(timestamp) ? Number(timestamp) : timestamp;
}

function stampJson(stamp: Stamp | undefined) {
  if (!stamp) return null;
  const { event, sequence, received, updateId } = stamp;
  return { event: timeJson(event), sequence: Number(sequence), received: timeJson(received), updateId };
}

function timeJson(time: Timestamp | undefined): string | null {
  return time ? toJson(TimestampSchema, time) : null;
}
