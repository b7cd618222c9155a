// Persist: the request as a command, and what became of it as a response.

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  Durability,
  type PersistRequest,
  type PersistResponseSchema,
  PersistStatus,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { PersistCommand, Persisted, Receipt } from '../../service/session-service.ts';
import { checkCount } from '../../session/count-limit.ts';
import { keyValuesFrom } from '../../session/json/value.ts';
import { UPDATE_KEYS_MAX, UPDATE_STEPS_MAX } from '../../session/limits.ts';

/** Refuses (`too_large`) more steps or keys than an update may have. To be asked before the
 * proto's rules, which cost by the step, and find as many violations. */
export function checkPersistCounts({
  history,
  removedVariables,
  removedContext,
}: PersistRequest): void {
  const keys = { max: UPDATE_KEYS_MAX, parts: 'keys' };
  checkCount(history.length, { max: UPDATE_STEPS_MAX, parts: 'steps', pointer: '/history' });
  checkCount(removedVariables.length, { ...keys, pointer: '/removedVariables' });
  checkCount(removedContext.length, { ...keys, pointer: '/removedContext' });
}

/** Refuses (`invalid`) what a Struct can hold and a session cannot: NaN, infinities, too deep a
 * value. */
export function persistCommandFrom(request: PersistRequest, receipt: Receipt): PersistCommand {
  const { sessionId, userId, flowId, removedVariables, removedContext } = request;
  const { timestamp, updateId, inputId, sequence, lockToken, ifMatch } = request;
  return {
    receipt,
    sessionId,
    userId,
    flowId,
    variables: request.variables && keyValuesFrom(request.variables, '/variables'),
    context: request.context && keyValuesFrom(request.context, '/context'),
    removedVariables,
    removedContext,
    history: request.history.map((step) => ({ nodeId: step.nodeId, timestamp: step.timestamp })),
    timestamp,
    updateId,
    inputId,
    sequence,
    lockToken,
    ifMatch,
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
    durability: DURABILITIES[persisted.durability],
  };
}

const DURABILITIES = { stored: Durability.STORED } as const;
