// Answers as JSON, errors in the one shape that all HTTP routes share: {"error", "code", "reason",
// "details"}.

import type { OutgoingHttpHeaders } from 'node:http';
import type { ErrorType, RefusalFacts } from '../session/errors.ts';
import type { Answer } from './server/http-exchange.ts';

/** A value as JSON; a text is JSON already. No cache may keep it. */
export function jsonAnswer(
  value: object | string,
  { status = 200, headers = {} }: { status?: number; headers?: OutgoingHttpHeaders } = {},
): Answer & { body: string } {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  };
}

/** The header ETag of an answer that shows a session with this etag; none if it is empty. */
export function etagHeader(etag: string | undefined): OutgoingHttpHeaders {
  return etag ? { etag: `"${etag}"` } : {};
}

/** The body of an error answer. */
export function errorBody(error: {
  /** For programs: the code that an RPC answers in the same case. */
  code: string;
  /** For programs, finer: the word under which metrics count the error. */
  reason: ErrorType;
  /** For people: what was refused, the rule, and what to do. */
  message: string;
  /** What exactly is wrong, one entry each. */
  details?: readonly unknown[];
  /** What a program needs to act on it; members of their own. */
  facts?: RefusalFacts;
}): object {
  const { code, reason, message, details = [], facts } = error;
  return { error: message, code, reason, details, ...facts };
}
