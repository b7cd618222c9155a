// Sessions as the webhook answers them: flat JSON. The texts of the values go out as they are kept.

import { toJson } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { RestoredSession } from '../../service/session-service.ts';
import { JsonText } from '../../session/json/members.ts';
import { jsonObjectText } from '../../session/json/value.ts';

/** The members of a restored session, in the order in which they are answered. */
export function sessionMembers(session: RestoredSession): Record<string, unknown> {
  const { sessionId, userId, flowId, revision, etag, outcome, ttlMs } = session;
  return {
    sessionId,
    userId,
    flowId,
    variables: new JsonText(jsonObjectText(session.variables)),
    context: new JsonText(jsonObjectText(session.context)),
    history: session.history.map(({ nodeId, timestamp }) => ({
      nodeId,
      timestamp: asSent(timestamp),
    })),
    timestamp: asSent(session.timestamp),
    lastUpdated: toJson(TimestampSchema, session.lastUpdated),
    revision,
    etag,
    outcome,
    ttlMs,
  };
}

/** A timestamp sent as a whole number is answered as one. */
function asSent(timestamp: string): string | number {
  return /^(0|[1-9]\d{0,14})$/.test(timestamp) ? Number(timestamp) : timestamp;
}
