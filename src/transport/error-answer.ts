// What an HTTP route answers to a refusal, on every listener. (RPCs answer in their own protocols:
// rpc/rpc-error.ts.)

import type { OutgoingHttpHeaders } from 'node:http';
import { Refusal } from '../session/errors.ts';
import { errorBody, etagHeader, jsonAnswer } from './json-answer.ts';
import { REFUSALS } from './refusals.ts';
import { answeredFacts, retryAfterHeader } from './retry-after.ts';
import type { Answer } from './server/http-exchange.ts';

/** The answer to whatever was thrown: a refusal in its own words, anything else without any.
 * `members` are added to the body. */
export function errorAnswer(
  error: unknown,
  { members = {}, headers = {} }: { members?: object; headers?: OutgoingHttpHeaders } = {},
): Answer {
  const { status, code } = errorStatusOf(error);
  if (!(error instanceof Refusal)) {
    const message = 'internal error; the log has its cause';
    return jsonAnswer(errorBody({ code, reason: 'internal', message }), { status });
  }
  const { reason, message, violations } = error;
  const facts = answeredFacts(error);
  const body = errorBody({ code, reason, message, details: violations, facts });
  const known = { ...retryAfterHeader(facts), ...challengeOf(status), ...etagHeader(facts.etag) };
  return jsonAnswer({ ...body, ...members }, { status, headers: { ...known, ...headers } });
}

/** HTTP status and code of whatever was thrown. */
export function errorStatusOf(error: unknown): { status: number; code: string } {
  return REFUSALS[error instanceof Refusal ? error.reason : 'internal'];
}

/** What every 401 says of how to present a credential. */
function challengeOf(status: number): Record<string, string> {
  return status === 401 ? { 'www-authenticate': 'ApiKey realm="cognigy-session"' } : {};
}
