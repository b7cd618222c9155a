// The table of refusals: what each reason means to callers. Webhook routes answer its `status`,
// Connect paths and gRPC its `code`; docs/reference/errors.md and the OpenAPI document follow
// from it, and say the same.

import type { Code } from '@connectrpc/connect';
import { codeFromString, codeToHttpStatus } from '@connectrpc/connect/protocol-connect';
import type { ErrorType } from '../session/errors.ts';

/** What a reason means to callers. */
export type RefusalForm = {
  /** HTTP status, except on Connect paths. Never 429: flows of every session share one caller. */
  status: number;
  /** Connect's name of the code, which gRPC numbers. */
  code: string;
  /** Who can do something about it; empty if there is nothing to do. */
  who: readonly ('caller' | 'operator' | 'flow team' | 'us')[];
  /** Whether the same request may succeed if it is sent again. `later`: after a pause, which the
   * answer names. `with its id`: an update that names its id takes effect once. */
  repeat: 'no' | 'later' | 'with its id';
};

const CALLER = ['caller'] as const;
const OR_FLOW_TEAM = ['caller', 'flow team'] as const;
const OR_OPERATOR = ['caller', 'operator'] as const;

/** Every reason, in the order of docs/reference/errors.md. */
export const REFUSALS: Readonly<Record<ErrorType, RefusalForm>> = {
  invalid: { status: 400, code: 'invalid_argument', who: CALLER, repeat: 'no' },
  unauthenticated: { status: 401, code: 'unauthenticated', who: CALLER, repeat: 'no' },
  wrong_credential: { status: 401, code: 'unauthenticated', who: CALLER, repeat: 'no' },
  wrong_bearer: { status: 403, code: 'unauthenticated', who: CALLER, repeat: 'no' },
  forbidden: { status: 403, code: 'permission_denied', who: OR_OPERATOR, repeat: 'no' },
  not_found: { status: 404, code: 'not_found', who: CALLER, repeat: 'no' },
  method_not_allowed: { status: 405, code: 'unimplemented', who: CALLER, repeat: 'no' },
  unimplemented: { status: 501, code: 'unimplemented', who: CALLER, repeat: 'no' },
  unsupported_media_type: { status: 415, code: 'unimplemented', who: CALLER, repeat: 'no' },
  too_large: { status: 413, code: 'resource_exhausted', who: OR_OPERATOR, repeat: 'no' },
  schema_violation: { status: 422, code: 'invalid_argument', who: OR_FLOW_TEAM, repeat: 'no' },
  conflict: { status: 409, code: 'aborted', who: CALLER, repeat: 'no' },
  id_reused: { status: 409, code: 'aborted', who: CALLER, repeat: 'no' },
  locked: { status: 423, code: 'already_exists', who: CALLER, repeat: 'later' },
  lock_lost: { status: 412, code: 'failed_precondition', who: CALLER, repeat: 'no' },
  compacted: { status: 410, code: 'out_of_range', who: CALLER, repeat: 'no' },
  damaged: { status: 500, code: 'data_loss', who: ['operator'], repeat: 'no' },
  unavailable: { status: 503, code: 'unavailable', who: OR_OPERATOR, repeat: 'later' },
  outcome_unknown: {
    status: 504,
    code: 'deadline_exceeded',
    who: OR_OPERATOR,
    repeat: 'with its id',
  },
  rate_limited: { status: 503, code: 'resource_exhausted', who: OR_OPERATOR, repeat: 'later' },
  overloaded: { status: 503, code: 'unavailable', who: OR_OPERATOR, repeat: 'later' },
  too_many_watches: { status: 503, code: 'resource_exhausted', who: OR_OPERATOR, repeat: 'later' },
  internal: { status: 500, code: 'internal', who: ['us'], repeat: 'no' },
};

/** The code of a reason, as Connect and gRPC number it. */
export function codeOfReason(reason: ErrorType): Code {
  const { code } = REFUSALS[reason];
  const number = codeFromString(code);
  if (number === undefined) throw new Error(`there is no code ${code}`);
  return number;
}

/** The HTTP status of a reason on Connect paths. For a wrong method or content type Connect has
 * the status of HTTP. */
export function connectStatusOfReason(reason: ErrorType): number {
  const { status, code } = REFUSALS[reason];
  return code === 'unimplemented' ? status : codeToHttpStatus(codeOfReason(reason));
}
