// Sessions as the webhook answers them: flat JSON. The texts of the values go out as they are kept.

import { toJson } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { RestoredSession } from '../../service/session-service.ts';
import { jsonObjectText } from '../../session/json/value.ts';

/** The members of a restored session, without the braces, so that others can be put beside them. */
export function sessionMembers(session: RestoredSession): string {
  const { sessionId, userId, flowId, revision, etag, outcome, ttlMs } = session;
  const history = session.history.map(({ nodeId, timestamp }) => ({
    nodeId,
    timestamp: asSent(timestamp),
  }));
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

/** A timestamp sent as a whole number is answered as one. */
function asSent(timestamp: string): string | number {
  return /^(0|[1-9]\d{0,14})$/.test(timestamp) ? Number(timestamp) : timestamp;
}
