// What an HTTP route answers to a refusal, on every listener. (RPCs answer in their own protocols:
// rpc/rpc-error.ts.)

import { Refusal } from '../session/errors.ts';
import { answerJson, errorBody, etagHeader } from './json-answer.ts';
import { REFUSALS } from './refusals.ts';
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
      ...challengeOf(status),
      ...etagHeader(facts.etag),
    };
    answerJson(response, body, { status, headers });
  }
}

/** HTTP status and code of whatever was thrown. */
export function errorStatusOf(error: unknown): { status: number; code: string } {
  return REFUSALS[error instanceof Refusal ? error.reason : 'internal'];
}

/** What every 401 says of how to present a credential. */
function challengeOf(status: number): Record<string, string> {
  return status === 401 ? { 'www-authenticate': 'ApiKey realm="cognigy-session"' } : {};
}
