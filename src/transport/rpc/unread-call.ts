// Calls whose request could not be read. Connect takes a part of them for faults of its own (`internal`): a message
// that does not parse, broken base64, gzip that breaks off, a compressed message where no compression was named.
// They are the caller's.

import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { invalid } from '../../session/errors.ts';
import { errorResponse } from './error-response.ts';
import type { ReceivedCall } from './received-call.ts';
import { connectErrorFrom, errorTypeOfAnswer } from './rpc-error.ts';

/** The refusal (`invalid`) of a request that cannot be read; `why` is Connect's. */
export function unreadable(why: string): ConnectError {
  return connectErrorFrom(invalid('', `the request cannot be read: ${why}`));
}

/** What Connect answers to a call of this content type that no method was called for, put right: its own `internal`
 * becomes `invalid`. The call's trailer then says so, too. */
export async function answerToUnread(
  answer: UniversalServerResponse,
  call: Pick<ReceivedCall, 'trailer'>,
  contentType: string,
): Promise<UniversalServerResponse> {
  if (errorTypeOfAnswer({ statusCode: answer.status }, call.trailer) !== 'internal') return answer;
  const error = unreadable(await messageOf(answer, call));
  call.trailer = new Headers({ 'grpc-status': String(error.code) });
  return errorResponse(contentType, error);
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
