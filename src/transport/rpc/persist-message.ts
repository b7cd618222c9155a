// Persist between generated messages and commands.

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  Durability,
  type PersistRequest,
  type PersistResponseSchema,
  PersistStatus,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { PersistCommand, Persisted } from '../../service/session-service.ts';
import { keyValuesFrom } from '../../session/json/value.ts';
import { memberOf } from './enum-member.ts';

/** What a request says. */
export type PersistInput = Omit<PersistCommand, 'receipt'>;

/** Refuses (`invalid`) what a Struct can hold and a session cannot: NaN, infinities, too deep a
 * value. */
export function persistInputFrom(request: PersistRequest): PersistInput {
  const { sessionId, userId, flowId, removedVariables, removedContext } = request;
  const { timestamp, updateId, inputId, sequence, lockToken, ifMatch, replace } = request;
  return {
    sessionId,
    userId,
    flowId,
    variables: request.variables && keyValuesFrom(request.variables, '/variables'),
    context: request.context && keyValuesFrom(request.context, '/context'),
    removedVariables,
    removedContext,
    replace,
    history: request.history.map((step) => ({ nodeId: step.nodeId, timestamp: step.timestamp })),
    timestamp,
    updateId,
    inputId,
    sequence,
    lockToken,
    ifMatch,
    ttlSeconds: request.ttl,
    ttlMode: request.ttlMode,
  };
}

export function persistResponse(
  persisted: Persisted,
): MessageInitShape<typeof PersistResponseSchema> {
  const { sessionId, revision, etag, known, superseded, ignoredSteps } = persisted;
  if (persisted.status === 'dropped') return { sessionId, status: PersistStatus.DROPPED };
  return {
    sessionId,
    revision,
    etag,
    known,
    superseded,
    ignoredSteps,
    status: PersistStatus.ACCEPTED,
    durability: memberOf(Durability, persisted.durability),
  };
}
