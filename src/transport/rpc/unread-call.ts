// Calls whose request could not be read. Connect takes a part of them for faults of its own (`internal`): a message
// that does not parse, broken base64, gzip that breaks off, a compressed message where no compression was named.
// They are the caller's. Others it answers by a bare status.

import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { invalid, type RefusalReason } from '../../session/errors.ts';
import { errorBody } from '../json-answer.ts';
import { errorResponse } from './error-response.ts';
import type { ReceivedCall } from './received-call.ts';
import { connectErrorFrom, errorTypeOfAnswer } from './rpc-error.ts';

/** What a call was, to those who answer it. */
type Called = { contentType: string; allowedMethods: readonly string[] };

/** The refusal (`invalid`) of a request that cannot be read; `why` is Connect's. */
export function unreadable(why: string): ConnectError {
  return connectErrorFrom(invalid('', `the request cannot be read: ${why}`));
}

/** What Connect says of a call that no method was called for, put right: its own `internal` becomes `invalid`, a bare
 * status gets words. The call's trailer then says so, too. */
export async function answerToUnread(
  answer: UniversalServerResponse,
  call: Pick<ReceivedCall, 'trailer'>,
  called: Called,
): Promise<UniversalServerResponse> {
  if (answer.body === undefined) return inWords(answer, called);
  if (errorTypeOfAnswer({ statusCode: answer.status }, call.trailer) !== 'internal') return answer;
  const error = unreadable(await messageOf(answer, call));
  call.trailer = new Headers({ 'grpc-status': String(error.code) });
  return errorResponse(called.contentType, error);
}

/** Connect's own words, which it puts into the trailers or into a body of JSON. */
async function messageOf(
  { body }: UniversalServerResponse,
  { trailer }: Pick<ReceivedCall, 'trailer'>,
): Promise<string> {
  const inTrailer = trailer?.get('grpc-message');
  const message = inTrailer ? decodeURIComponent(inTrailer) : await messageIn(body);
  // Of an error that it does not know it says nothing more.
  return message === 'internal error' ? 'its base64 is broken' : message;
}

async function messageIn(body: UniversalServerResponse['body']): Promise<string> {
  const bytes = new Uint8Array(Buffer.concat(await Array.fromAsync(body ?? [])));
  return errorFromJsonBytes(bytes, undefined, new ConnectError('internal error', Code.Internal)).rawMessage;
}

function inWords(answer: UniversalServerResponse, { allowedMethods }: Called): UniversalServerResponse {
  const bare = BARE[answer.status];
  if (!bare) return answer;
  const { code, reason, message } = bare;
  const header = new Headers(answer.header ?? {});
  header.set('content-type', 'application/json');
  if (answer.status === 405) header.set('allow', allowedMethods.join(', '));
  // Connect's clients read `message`.
  const text = JSON.stringify({ ...errorBody({ code, reason, message }), message });
  return { status: answer.status, header, body: textBody(text) };
}

async function* textBody(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const BARE: Readonly<Record<number, { code: string; reason: RefusalReason; message: string }>> = {
  405: {
    ...{ code: 'unimplemented', reason: 'method_not_allowed' },
    message: 'this method is not called by this HTTP method: use POST',
  },
  415: {
    ...{ code: 'invalid_argument', reason: 'invalid' },
    message:
      'the content type is none of a call: send application/json, application/proto or application/grpc',
  },
  505: {
    ...{ code: 'invalid_argument', reason: 'invalid' },
    message: 'this method streams in both directions, which needs HTTP/2',
  },
};
