// Sessions as the webhook answers them: flat JSON. The texts of the values go out as they are kept.

import { toJson } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { RestoredSession } from '../../service/session-service.ts';
import type { WriteJson } from '../../session/json/json-writer.ts';
import type { KeyValue } from '../../session/json/value.ts';

/** The members of a restored session, in the order in which they are answered. */
export function sessionMembers(session: RestoredSession): Record<string, unknown> {
  const { sessionId, userId, flowId, revision, etag, outcome, ttlMs } = session;
  return {
    sessionId,
    userId,
    flowId,
    variables: object(session.variables),
    context: object(session.context),
    history: steps(session.history),
    timestamp: asSent(session.timestamp),
    lastUpdated: toJson(TimestampSchema, session.lastUpdated),
    revision,
    etag,
    outcome,
    ttlMs,
  };
}

function object(entries: readonly KeyValue[]): WriteJson {
  return (writer) => writer.object(entries);
}

function steps(history: RestoredSession['history']): WriteJson {
  return (writer) =>
    writer.list(history, ({ nodeId, timestamp }) => {
      writer.raw('{"nodeId":');
      writer.string(nodeId);
      writer.raw(',"timestamp":');
      if (isSentAsNumber(timestamp)) writer.raw(timestamp);
      else writer.string(timestamp);
      writer.raw('}');
    });
}

/** A timestamp sent as a whole number is answered as one. */
function asSent(timestamp: string): string | number {
  return isSentAsNumber(timestamp) ? Number(timestamp) : timestamp;
}

function isSentAsNumber(timestamp: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(timestamp);
}
