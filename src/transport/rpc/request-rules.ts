// The rules that the proto gives for requests (buf.validate), checked.

import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import {
  EraseRequestSchema,
  EraseUserRequestSchema,
  InspectRequestSchema,
  LockRequestSchema,
  PersistRequestSchema,
  RestoreRequestSchema,
  UnlockRequestSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { checkCount } from '../../session/count-limit.ts';
import {
  ID_MAX_LENGTH,
  SEQUENCE_MAX,
  TIMESTAMP_MAX_LENGTH,
  UPDATE_KEYS_MAX,
  UPDATE_STEPS_MAX,
} from '../../session/limits.ts';
import { brokenRules } from '../wires/rpc-error.ts';
import type { PersistInput } from './persist-message.ts';

const validator = createValidator();

const IF_MATCH_MAX_LENGTH = 64;

/** Refuses (invalid_argument) a request that breaks a rule; names every field that does. */
export function checkRules<Desc extends DescMessage>(
  schema: Desc,
  request: MessageShape<Desc>,
): void {
  const result = validator.validate(schema, request);
  if (result.kind === 'invalid') throw brokenRules(result.violations);
  if (result.kind === 'error') throw result.error;
}

/** The same for an update. Refuses (`too_large`) more steps or keys than it may have, too, and before
 * the rules of the proto, which cost by the step and find as many violations. */
export function checkPersistRules(input: PersistInput): void {
  const { history, removedVariables, removedContext } = input;
  const keys = { max: UPDATE_KEYS_MAX, parts: 'keys' };
  checkCount(history.length, { max: UPDATE_STEPS_MAX, parts: 'steps', pointer: '/history' });
  checkCount(removedVariables.length, { ...keys, pointer: '/removedVariables' });
  checkCount(removedContext.length, { ...keys, pointer: '/removedContext' });
  if (isPlainlyValid(input)) return;
  checkRules(PersistRequestSchema, create(PersistRequestSchema, ruledFields(input)));
}

/** The fields that rules are about. */
function ruledFields({ variables, context, history, ...ruled }: PersistInput) {
  return ruled;
}

/** Whether an update breaks no rule for certain, as nearly every one does: the rules of the proto
 * cost as much as reading the request. Of what is not certain they decide. */
function isPlainlyValid(input: PersistInput): boolean {
  const { sessionId, userId, flowId, updateId, inputId, timestamp, ifMatch, lockToken } = input;
  const ids = [sessionId, userId, flowId, updateId, inputId];
  return (
    sessionId !== '' &&
    // Never more characters than units of UTF-16.
    ids.every((id) => id.length <= ID_MAX_LENGTH) &&
    timestamp.length <= TIMESTAMP_MAX_LENGTH &&
    ifMatch.length <= IF_MATCH_MAX_LENGTH &&
    lockToken === '' &&
    input.sequence <= SEQUENCE_MAX
  );
}

/** Compiles the rules of all requests: a tenth of a second that the first caller would wait for
 * otherwise. */
export function warmUpRules(): void {
  validator.validate(PersistRequestSchema, create(PersistRequestSchema, { history: [{}] }));
  validator.validate(RestoreRequestSchema, create(RestoreRequestSchema));
  validator.validate(InspectRequestSchema, create(InspectRequestSchema));
  validator.validate(LockRequestSchema, create(LockRequestSchema, { ttlMs: 1, waitMs: 1 }));
  validator.validate(UnlockRequestSchema, create(UnlockRequestSchema));
  validator.validate(EraseRequestSchema, create(EraseRequestSchema));
  validator.validate(EraseUserRequestSchema, create(EraseUserRequestSchema));
}
