// Calls whose request could not be read. Connect takes a part of them for faults of its own
// (`internal`): a message that does not parse, broken base64, gzip that breaks off, a compressed
// message where no compression was named. They are the caller's. Of all of them it says no reason,
// which every other error has (RefusalInfo).

import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { type ErrorType, invalid, Refusal, type RefusalReason } from '../../session/errors.ts';
import { errorResponse } from './error-response.ts';
import type { ReceivedCall } from './received-call.ts';
import { connectErrorFrom, errorTypeOfAnswer } from './rpc-error.ts';

/** The refusal (`invalid`) of a request that cannot be read; `why` is Connect's. */
export function unreadable(why: string): ConnectError {
  return connectErrorFrom(invalid('', `the request cannot be read: ${why}`));
}

/** Reasons that Connect finds by itself, before a method is called. */
const OWN_REASONS: ReadonlySet<ErrorType | undefined> = new Set([
  'invalid',
  'too_large',
  'unimplemented',
]);

/** What Connect answers to a call of this content type that no method was called for, put right:
 * its own `internal` becomes `invalid`, and each error gets its reason. The call's trailer then
 * says so, too. */
export async function answerToUnread(
  answer: UniversalServerResponse,
  call: Pick<ReceivedCall, 'trailer'>,
  contentType: string,
): Promise<UniversalServerResponse> {
  const reason = errorTypeOfAnswer({ statusCode: answer.status }, call.trailer);
  if (reason !== 'internal' && !OWN_REASONS.has(reason)) return answer;
  // Thrown while it was read, by a check of ours: it has a reason.
  if (call.trailer?.has('grpc-status-details-bin')) return answer;
  const inTrailer = call.trailer?.get('grpc-message');
  const said = inTrailer
    ? new ConnectError(decodeURIComponent(inTrailer))
    : await errorIn(answer.body);
  const error =
    reason === 'internal' ? unreadable(wordsOf(said)) : withReason(said, reason as RefusalReason);
  call.trailer = new Headers({ 'grpc-status': String(error.code) });
  return errorResponse(contentType, error);
}

/** Of an error that it does not know Connect says nothing more. */
function wordsOf({ rawMessage }: ConnectError): string {
  return rawMessage === 'internal error' ? 'its base64 is broken' : rawMessage;
}

function withReason(error: ConnectError, reason: RefusalReason): ConnectError {
  return error.details.length > 0 ? error : connectErrorFrom(new Refusal(reason, error.rawMessage));
}

async function errorIn(body: UniversalServerResponse['body']): Promise<ConnectError> {
  const bytes = new Uint8Array(Buffer.concat(await Array.fromAsync(body ?? [])));
  return errorFromJsonBytes(bytes, undefined, new ConnectError('internal error', Code.Internal));
}
