// Sessions as the webhook answers them: flat JSON. The texts of the values go out as they are kept.

import { toJson } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { RestoredSession } from '../../service/session-service.ts';
import type { JsonWriter, WriteJson } from '../../session/json/json-writer.ts';
import type { KeyValue } from '../../session/json/value.ts';
import { type Part, StoredStep } from '../../session/stored-step.ts';

/** A timestamp with more digits is no number that JSON carries exactly. */
const NUMBER_MAX_DIGITS = 15;

/** The members of a restored session, in the order in which they are answered. */
export function sessionMembers(session: RestoredSession): Record<string, unknown> {
  const { sessionId, userId, flowId, revision, etag, outcome, ttlMs, spooledUpdates } = session;
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
    // Only in an outage, or right after one.
    ...(spooledUpdates > 0 && { spooledUpdates }),
  };
}

function object(entries: readonly KeyValue[]): WriteJson {
  return (writer) => writer.object(entries);
}

function steps(history: RestoredSession['history']): WriteJson {
  return (writer) =>
    writer.list(history, (step) => {
      writer.raw('{"nodeId":');
      if (step instanceof StoredStep) copyText(writer, step, step.parts.nodeId);
      else writer.string(step.nodeId);
      writer.raw(',"timestamp":');
      if (step instanceof StoredStep && isTooLongForNumber(step.parts.timestamp))
        copyText(writer, step, step.parts.timestamp);
      else if (isSentAsNumber(step.timestamp)) writer.raw(step.timestamp);
      else writer.string(step.timestamp);
      writer.raw('}');
    });
}

function copyText(writer: JsonWriter, { source }: StoredStep, { start, end }: Part): void {
  writer.text(source, start, end);
}

function isTooLongForNumber({ start, end }: Part): boolean {
  return end - start > NUMBER_MAX_DIGITS;
}

/** A timestamp sent as a whole number is answered as one. */
function asSent(timestamp: string): string | number {
  return isSentAsNumber(timestamp) ? Number(timestamp) : timestamp;
}

function isSentAsNumber(timestamp: string): boolean {
  return timestamp.length <= NUMBER_MAX_DIGITS && /^(0|[1-9]\d*)$/.test(timestamp);
}
