// The rules that the proto gives for requests (buf.validate), checked. What checks them is loaded
// on first use: it takes 20 MB and a third of the CPU time of a start, and a service that only
// webhooks call does not need it.

import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { PersistRequestSchema } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { checkCount } from '../../session/count-limit.ts';
import {
  ID_MAX_LENGTH,
  SEQUENCE_MAX,
  TIMESTAMP_MAX_LENGTH,
  UPDATE_KEYS_MAX,
  UPDATE_STEPS_MAX,
} from '../../session/limits.ts';
import { REPLACEABLE_PARTS } from '../../session/replaced-parts.ts';
import type { PersistInput } from './persist-message.ts';

let loading: Promise<typeof import('./rule-validator.ts')> | undefined;

const IF_MATCH_MAX_LENGTH = 64;
const REPLACED_MAX = REPLACEABLE_PARTS.length;

/** Refuses (invalid_argument) a request that breaks a rule; names every field that does. */
export async function checkRules<Desc extends DescMessage>(
  schema: Desc,
  request: MessageShape<Desc>,
): Promise<void> {
  loading ??= import('./rule-validator.ts');
  const { validate } = await loading;
  validate(schema, request);
}

/** The same for an update. Refuses (`too_large`) more steps, keys or parts than it may have, too, and
 * before the rules of the proto, which cost by the step and find as many violations. Undefined where
 * nothing is to be waited for. */
export function checkPersistRules(input: PersistInput): Promise<void> | undefined {
  const { history, removedVariables, removedContext, replace } = input;
  const keys = { max: UPDATE_KEYS_MAX, parts: 'keys' };
  checkCount(history.length, { max: UPDATE_STEPS_MAX, parts: 'steps', pointer: '/history' });
  checkCount(removedVariables.length, { ...keys, pointer: '/removedVariables' });
  checkCount(removedContext.length, { ...keys, pointer: '/removedContext' });
  checkCount(replace.length, { max: REPLACED_MAX, parts: 'parts', pointer: '/replace' });
  if (isPlainlyValid(input)) return undefined;
  return checkRules(PersistRequestSchema, create(PersistRequestSchema, ruledFields(input)));
}

/** The fields that rules are about. */
function ruledFields({ variables, context, history, ttlSeconds, ...ruled }: PersistInput) {
  return ttlSeconds === undefined ? ruled : { ...ruled, ttl: ttlSeconds };
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
    input.replace.length === 0 &&
    input.ttlSeconds === undefined &&
    input.ttlMode === '' &&
    input.sequence <= SEQUENCE_MAX
  );
}
