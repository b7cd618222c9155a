// Errors that Connect finds by itself, before a method is called or behind it. A part of them it
// takes for faults of its own (`internal`): a message that does not parse, broken base64, gzip that
// breaks off, a compressed message where no compression was named. They are the caller's. Its words
// name its own options, and none of its errors has a reason (RefusalInfo), which every other has.

import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { type ErrorType, invalid, Refusal } from '../../session/errors.ts';
import { bodyTooLarge } from '../body-too-large.ts';
import { errorResponse } from './error-response.ts';
import type { ReceivedCall } from './received-call.ts';
import { connectErrorFrom, errorTypeOfAnswer } from './rpc-error.ts';

/** The largest messages, in bytes. */
export type MessageLimits = { bodyMaxBytes: number; answerMaxBytes: number };

/** The refusal (`invalid`) of a request that cannot be read; `why` is Connect's. */
export function unreadable(why: string): ConnectError {
  return connectErrorFrom(invalid('', `the request cannot be read: ${why}`));
}

/** Connect's answer to a call of this content type, put right: an error gets its reason and our
 * words, and what the caller did is `invalid`, not `internal`. The call's trailer then says so,
 * too. An answer that is no error, and an error that has a reason, stay as they are. */
export async function withReason(
  answer: UniversalServerResponse,
  call: Pick<ReceivedCall, 'trailer' | 'isRead'>,
  { contentType, ...limits }: MessageLimits & { contentType: string },
): Promise<UniversalServerResponse> {
  const reason = errorTypeOfAnswer({ statusCode: answer.status }, call.trailer);
  if (reason === undefined) return answer;
  // Thrown by a check of ours: it has a reason.
  if (call.trailer?.has('grpc-status-details-bin')) return answer;
  const inTrailer = call.trailer?.get('grpc-message');
  const said =
    inTrailer == null
      ? await errorIn(answer.body)
      : new ConnectError(decodeURIComponent(inTrailer), Number(call.trailer?.get('grpc-status')));
  const error = said.details.length > 0 ? said : errorWithReason(said, reason, call, limits);
  if (call.trailer) call.trailer = new Headers({ 'grpc-status': String(error.code) });
  return errorResponse(contentType, error);
}

function errorWithReason(
  said: ConnectError,
  reason: ErrorType,
  { isRead = false }: Pick<ReceivedCall, 'isRead'>,
  { bodyMaxBytes, answerMaxBytes }: MessageLimits,
): ConnectError {
  if (reason === 'internal')
    return isRead ? connectErrorFrom(said.cause) : unreadable(wordsOf(said));
  if (reason !== 'too_large') return connectErrorFrom(new Refusal(reason, said.rawMessage));
  if (!isRead) return connectErrorFrom(bodyTooLarge(bodyMaxBytes));
  const words = `the answer is larger than ${answerMaxBytes} bytes: raise SESSION_MAX_BYTES, or keep less`;
  return connectErrorFrom(new Refusal('too_large', words));
}

/** Of an error that it does not know Connect says nothing more. */
function wordsOf({ rawMessage }: ConnectError): string {
  return rawMessage === 'internal error' ? 'its base64 is broken' : rawMessage;
}

async function errorIn(body: UniversalServerResponse['body']): Promise<ConnectError> {
  const bytes = new Uint8Array(Buffer.concat(await Array.fromAsync(body ?? [])));
  return errorFromJsonBytes(bytes, undefined, new ConnectError('internal error', Code.Internal));
}
