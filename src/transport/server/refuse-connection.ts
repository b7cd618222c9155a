// Refusals by a listener itself, before any handler: as the answer to a request, or, to a client
// that no request can be read from, as an answer of HTTP/1.1 and the end of the connection.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RefusalReason } from '../../session/errors.ts';
import { errorBody, jsonAnswer } from '../json-answer.ts';
import type { Answer } from './http-exchange.ts';

/** How long a refused client has to read why, ms. */
export const LAST_WORDS_MS = 1_000;

/** Why a client is refused. */
export type ClientRefusal = {
  status: number;
  code: string;
  reason: RefusalReason;
  message: string;
};

type Form = Pick<ClientRefusal, 'code' | 'reason'>;

const INVALID: Form = { code: 'invalid_argument', reason: 'invalid' };
const TOO_LARGE: Form = { code: 'resource_exhausted', reason: 'too_large' };
const NOT_SERVED: Form = { code: 'unimplemented', reason: 'invalid' };
const FORMS: Readonly<Record<number, Form>> = {
  405: { code: 'unimplemented', reason: 'method_not_allowed' },
  ...{ 413: TOO_LARGE, 431: TOO_LARGE, 501: NOT_SERVED, 505: NOT_SERVED },
};

/** The refusal with this HTTP status. `message`: for people. */
export function clientRefusal(status: number, message: string): ClientRefusal {
  return { status, message, ...(FORMS[status] ?? INVALID) };
}

/** The refusal as the answer to a request. */
export function refusalAnswer({ status, ...error }: ClientRefusal): Answer {
  return jsonAnswer(errorBody(error), { status });
}

/** Answers with the refusal and ends the connection. */
export function refuseConnection(socket: Socket, { status, ...error }: ClientRefusal): void {
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // It may be gone before it has read the answer.
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closed at once, it could be reset before the client has read the answer; left alone, it might
  // stay.
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}
