// Answers as JSON, errors in the one shape that all HTTP routes share: {"error", "code", "details"}.

import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpResponse } from './http-exchange.ts';

/** What an error answer says. */
export type ErrorAnswer = {
  status: number;
  /** For programs: the code that an RPC answers in the same case. */
  code: string;
  /** For people: what was refused, the rule, and what to do. */
  message: string;
  /** What exactly is wrong, one entry each. */
  details?: readonly unknown[];
  headers?: OutgoingHttpHeaders;
};

/** Answers a value as JSON. */
export function answerJson(
  response: HttpResponse,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: OutgoingHttpHeaders } = {},
): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Answers an error. */
export function answerError(response: HttpResponse, { status, headers = {}, ...error }: ErrorAnswer): void {
  answerJson(response, errorBody(error), { status, headers });
}

/** The body of an error answer. */
export function errorBody({ code, message, details = [] }: Omit<ErrorAnswer, 'status' | 'headers'>): object {
  return { error: message, code, details };
}
