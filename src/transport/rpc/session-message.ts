// A restored session as a message.

import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { Outcome, type SessionSchema } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { RestoredSession } from '../../service/session-service.ts';
import { parseJson } from '../../session/json/parse.ts';
import { jsonObjectText, type KeyValue } from '../../session/json/value.ts';

export function sessionMessage(session: RestoredSession): MessageInitShape<typeof SessionSchema> {
  return {
    ...sessionHeadMessage(session),
    variables: structFrom(session.variables),
    context: structFrom(session.context),
  };
}

/** Without variables and context. */
export function sessionHeadMessage(
  session: RestoredSession,
): MessageInitShape<typeof SessionSchema> {
  const {
    sessionId,
    userId,
    flowId,
    timestamp,
    lastUpdated,
    revision,
    etag,
    ttlMs,
    spooledUpdates,
  } = session;
  return {
    sessionId,
    userId,
    flowId,
    history: session.history.map((step) => ({ nodeId: step.nodeId, timestamp: step.timestamp })),
    timestamp,
    lastUpdated,
    revision,
    etag,
    outcome: OUTCOMES[session.outcome],
    ttlMs: BigInt(ttlMs),
    spooledUpdates,
  };
}

/** Values, which are JSON texts, as a Struct. */
export function structFrom(entries: KeyValue[]): JsonObject {
  return parseJson(jsonObjectText(entries)) as JsonObject;
}

/** How much of a session could be read, as messages say it. */
export const OUTCOMES = {
  intact: Outcome.INTACT,
  recovered: Outcome.RECOVERED,
  fallback: Outcome.FALLBACK,
} as const;
