// The one place that decides what an HTTP route answers to a refusal, on every listener: which
// status, which code, which headers. (RPCs answer in their own protocols: rpc/rpc-error.ts.)

import { Refusal, type RefusalReason } from '../session/errors.ts';
import { answerJson, errorBody, etagHeader } from './json-answer.ts';
import { answeredFacts, retryAfterHeader } from './retry-after.ts';
import type { HttpResponse } from './server/http-exchange.ts';

/** Answers whatever was thrown: a refusal with its own words, anything else without any. */
export function answerError(response: HttpResponse, error: unknown): void {
  const { status, code } = errorStatusOf(error);
  if (!(error instanceof Refusal)) {
    const message = 'internal error; the log has its cause';
    answerJson(response, errorBody({ code, reason: 'internal', message }), { status });
  } else {
    const { reason, message, violations } = error;
    const facts = answeredFacts(error);
    const body = errorBody({ code, reason, message, details: violations, facts });
    const headers = {
      ...retryAfterHeader(facts),
      ...challengeOf(reason),
      ...etagHeader(facts.etag),
    };
    answerJson(response, body, { status, headers });
  }
}

/** HTTP status and code of whatever was thrown. */
export function errorStatusOf(error: unknown): { status: number; code: string } {
  return error instanceof Refusal ? statusOf(error.reason) : { status: 500, code: 'internal' };
}

/** HTTP status and code of each reason. Never 429: flows of every session share one caller. */
function statusOf(reason: RefusalReason): { status: number; code: string } {
  switch (reason) {
    case 'invalid':
      return { status: 400, code: 'invalid_argument' };
    case 'unauthenticated':
      return { status: 401, code: 'unauthenticated' };
    case 'wrong_credential':
      return { status: 401, code: 'unauthenticated' };
    case 'wrong_bearer':
      return { status: 403, code: 'unauthenticated' };
    case 'forbidden':
      return { status: 403, code: 'permission_denied' };
    case 'not_found':
      return { status: 404, code: 'not_found' };
    case 'method_not_allowed':
      return { status: 405, code: 'unimplemented' };
    case 'unimplemented':
      return { status: 501, code: 'unimplemented' };
    case 'unsupported_media_type':
      return { status: 415, code: 'unimplemented' };
    case 'too_large':
      return { status: 413, code: 'resource_exhausted' };
    case 'schema_violation':
      return { status: 422, code: 'invalid_argument' };
    case 'conflict':
    case 'id_reused':
      return { status: 409, code: 'aborted' };
    case 'locked':
      return { status: 423, code: 'already_exists' };
    case 'lock_lost':
      return { status: 412, code: 'failed_precondition' };
    case 'compacted':
      return { status: 410, code: 'out_of_range' };
    case 'damaged':
      return { status: 500, code: 'data_loss' };
    case 'outcome_unknown':
      return { status: 504, code: 'deadline_exceeded' };
    case 'unavailable':
    case 'overloaded':
      return { status: 503, code: 'unavailable' };
  }
}

/** What every 401 says of how to present a credential. */
function challengeOf(reason: RefusalReason): Record<string, string> {
  if (reason === 'unauthenticated' || reason === 'wrong_credential') {
    return { 'www-authenticate': 'ApiKey realm="cognigy-session"' };
  }
  return {};
}
