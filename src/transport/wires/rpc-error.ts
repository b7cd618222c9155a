// What an RPC answers to a refusal: its code, by the table of refusals, its words and its details.
// Anything else that is thrown is a bug: its caller learns that there is one, and nothing more.

import type { Violation as ViolationMessage } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorType, invalid, Refusal } from '../../session/errors.ts';
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

/** The refusal (`invalid`) of a request that cannot be read; `why` says what is wrong with it. */
export function unreadableRequest(why: string): Refusal {
  return invalid('', `the request cannot be read: ${why}`);
}

/** The same, as an RPC answers it. */
export function unreadable(why: string): ConnectError {
  return refused(unreadableRequest(why));
}

/** The refusal of a request that breaks rules of its proto: all violations in words, and the first
 * ones as messages. */
export function brokenRules(
  words: readonly string[],
  violations: readonly ViolationMessage[],
): ConnectError {
  const details = brokenRulesDetails(violations);
  return new ConnectError(spelledOut(words), Code.InvalidArgument, undefined, details);
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

function refused(refusal: Refusal): ConnectError {
  const { reason, message, violations } = refusal;
  const words =
    violations.length > 0
      ? spelledOut(violations.map(violationText))
      : cutText(message, WORDS_MAX_BYTES);
  const metadata = retryAfterHeader(answeredFacts(refusal));
  return new ConnectError(words, codeOfReason(reason), metadata, refusalDetails(refusal), refusal);
}

function spelledOut(texts: readonly string[]): string {
  const more = texts.length - SPELLED_OUT_MAX;
  const spelled = texts
    .slice(0, SPELLED_OUT_MAX)
    .map((text) => cutText(text, SPELLED_OUT_MAX_BYTES));
  const shown = spelled.join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}
