// The one place that decides what the webhook listener answers to a refusal.

import { Refusal, type RefusalReason } from '../../session/errors.ts';
import type { ErrorAnswer } from '../json-answer.ts';

/** The answer to whatever a route threw: a refusal with its own words, anything else without any. */
export function errorAnswerFrom(error: unknown): ErrorAnswer {
  if (!(error instanceof Refusal)) {
    return { status: 500, code: 'internal', message: 'internal error; the log has its cause' };
  }
  const { reason, message, violations } = error;
  return { ...statusOf(reason), message, details: violations, headers: headersOf(reason) };
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
    case 'too_large':
      return { status: 413, code: 'resource_exhausted' };
    case 'unavailable':
    case 'overloaded':
      return { status: 503, code: 'unavailable' };
  }
}

function headersOf(reason: RefusalReason): Record<string, string> {
  if (reason === 'unavailable' || reason === 'overloaded') return { 'retry-after': '1' };
  if (reason === 'unauthenticated' || reason === 'wrong_credential') {
    return { 'www-authenticate': 'ApiKey realm="cognigy-session"' };
  }
  return {};
}
