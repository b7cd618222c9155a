// What an RPC answers to a refusal: its code, by the table of refusals, its words and its details.
// Anything else that is thrown is a bug: its caller learns that there is one, and nothing more.

import type { Violation as BrokenRule } from '@bufbuild/protovalidate';
import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorType, Refusal } from '../../session/errors.ts';
import { codeOfReason } from '../refusals.ts';
import { answeredFacts, retryAfterHeader } from '../retry-after.ts';
import { cutText } from './cut-text.ts';
import { brokenRulesDetails, infoDetail, refusalDetails, violationText } from './error-details.ts';

/** How many violations a message spells out, and how much of each. */
const SPELLED_OUT_MAX = 5;
const SPELLED_OUT_MAX_BYTES = 200;
/** A message without violations. */
const WORDS_MAX_BYTES = 1000;

/** The answer to whatever a call threw. */
export function connectErrorFrom(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof Refusal) return refused(error);
  return new ConnectError(
    'internal error; the log has its cause',
    Code.Internal,
    undefined,
    [infoDetail('internal')],
    error,
  );
}

/** The refusal of a request that breaks rules of its proto. */
export function brokenRules(violations: readonly BrokenRule[]): ConnectError {
  const message = spelledOut(violations.map(String));
  return new ConnectError(message, Code.InvalidArgument, undefined, brokenRulesDetails(violations));
}

/** The answer to a call whose signal was aborted: by its deadline, or else by its client,
 * whatever code of HTTP/2 it reset the stream with. */
export function abortedCall(reason: unknown): ConnectError {
  if (reason instanceof ConnectError && reason.code === Code.DeadlineExceeded) {
    const words = 'the deadline of the call passed before its answer was ready';
    return refused(new Refusal('outcome_unknown', words));
  }
  return new ConnectError('the client ended the call', Code.Canceled);
}

/** How metrics count an error; undefined for a call that its client gave up. */
export function callErrorType(error: ConnectError): ErrorType | undefined {
  return error.cause instanceof Refusal ? error.cause.reason : errorTypeOf(error.code);
}

/** How metrics count what Connect says by itself: it knows the form of a call, its size and its
 * deadline, and whether the client is still there (canceled; aborted, from the socket's errors). */
function errorTypeOf(code: Code): ErrorType | undefined {
  switch (code) {
    case Code.Canceled:
    case Code.Aborted:
      return undefined;
    case Code.InvalidArgument:
      return 'invalid';
    case Code.Unauthenticated:
      return 'unauthenticated';
    case Code.PermissionDenied:
      return 'forbidden';
    case Code.NotFound:
      return 'not_found';
    case Code.Unimplemented:
      return 'unimplemented';
    case Code.ResourceExhausted:
      return 'too_large';
    case Code.Unavailable:
      return 'unavailable';
    case Code.DeadlineExceeded:
      return 'outcome_unknown';
    // Only a refusal says these; without one they are as much a bug as the rest.
    case Code.FailedPrecondition:
    case Code.OutOfRange:
    case Code.AlreadyExists:
    case Code.Unknown:
    case Code.Internal:
    case Code.DataLoss:
      return 'internal';
  }
}

/** How metrics count an answer, whoever gave it: by its gRPC status if there is one, else by its
 * HTTP status. */
export function errorTypeOfAnswer(
  response: { statusCode: number },
  trailer: Headers | undefined,
): ErrorType | undefined {
  const grpcStatus = Number(trailer?.get('grpc-status') ?? 0);
  if (grpcStatus !== 0) return errorTypeOf(grpcStatus);
  if (response.statusCode < 400 || CLIENT_LEFT_STATUSES.includes(response.statusCode))
    return undefined;
  return ERROR_TYPES_BY_STATUS[response.statusCode] ?? 'invalid';
}

/** What Connect answers, to nobody, for its aborted and canceled. */
const CLIENT_LEFT_STATUSES: readonly number[] = [409, 499];

/** What Connect answers for its other codes; every other 4xx is about the form of the request. */
const ERROR_TYPES_BY_STATUS: Readonly<Record<number, ErrorType>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  429: 'too_large',
  500: 'internal',
  501: 'unimplemented',
  503: 'unavailable',
  504: 'outcome_unknown',
};

function refused(refusal: Refusal): ConnectError {
  const { reason, message, violations } = refusal;
  const words =
    violations.length > 0
      ? spelledOut(violations.map(violationText))
      : cutText(message, WORDS_MAX_BYTES);
  const metadata = retryAfterHeader(answeredFacts(refusal));
  return new ConnectError(words, codeOfReason(reason), metadata, refusalDetails(refusal), refusal);
}

function spelledOut(texts: string[]): string {
  const more = texts.length - SPELLED_OUT_MAX;
  const spelled = texts
    .slice(0, SPELLED_OUT_MAX)
    .map((text) => cutText(text, SPELLED_OUT_MAX_BYTES));
  const shown = spelled.join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}
