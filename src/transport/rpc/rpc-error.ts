// The one place that decides what an RPC answers to a refusal: which code, which words. Whatever is no
// refusal is a bug: its caller learns that there is one, and nothing else.

import { create } from '@bufbuild/protobuf';
import { type Violation as BrokenRule, violationsToProto } from '@bufbuild/protovalidate';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorType, Refusal, type RefusalReason, type Violation } from '../../session/errors.ts';

/** How many violations a message spells out; the details have all of them. */
const SPELLED_OUT_MAX = 5;

/** The answer to whatever a call threw. */
export function connectErrorFrom(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof Refusal) return refused(error);
  return new ConnectError(
    'internal error; the log has its cause',
    Code.Internal,
    undefined,
    undefined,
    error,
  );
}

/** The refusal of a request that breaks rules of its proto. */
export function brokenRules(violations: readonly BrokenRule[]): ConnectError {
  const [value, desc] = violationsToProto([...violations]);
  const message = spelledOut(violations.map(String));
  return new ConnectError(message, Code.InvalidArgument, undefined, [{ desc, value }]);
}

/** The answer to a call whose signal was aborted: by its deadline, by its client, by the end of the process. */
export function abortedCall(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  return new ConnectError('the client ended the call', Code.Canceled);
}

/** How metrics count an error; undefined for a call that its client gave up. */
export function callErrorType(error: ConnectError): ErrorType | undefined {
  return error.cause instanceof Refusal ? error.cause.reason : errorTypeOf(error.code);
}

/** How metrics count a code. */
function errorTypeOf(code: Code): ErrorType | undefined {
  switch (code) {
    case Code.Canceled:
    case Code.Aborted:
      return undefined;
    case Code.InvalidArgument:
    case Code.FailedPrecondition:
    case Code.OutOfRange:
    case Code.AlreadyExists:
      return 'invalid';
    case Code.Unauthenticated:
      return 'unauthenticated';
    case Code.PermissionDenied:
      return 'forbidden';
    case Code.NotFound:
      return 'not_found';
    case Code.Unimplemented:
      return 'method_not_allowed';
    case Code.ResourceExhausted:
      return 'too_large';
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return 'unavailable';
    case Code.Unknown:
    case Code.Internal:
    case Code.DataLoss:
      return 'internal';
  }
}

/** How metrics count an answer, whoever gave it: by its gRPC status if there is one, else by its HTTP status. */
export function errorTypeOfAnswer(
  response: { statusCode: number },
  trailer: Headers | undefined,
): ErrorType | undefined {
  const grpcStatus = Number(trailer?.get('grpc-status') ?? 0);
  if (grpcStatus !== 0) return errorTypeOf(grpcStatus);
  if (response.statusCode < 400) return undefined;
  return ERROR_TYPES_BY_STATUS[response.statusCode] ?? 'invalid';
}

/** What Connect answers for its codes; every other 4xx is about the form of the request. */
const ERROR_TYPES_BY_STATUS: Readonly<Record<number, ErrorType>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  429: 'too_large',
  500: 'internal',
  501: 'method_not_allowed',
  503: 'unavailable',
  504: 'unavailable',
};

function refused(refusal: Refusal): ConnectError {
  const { reason, message, violations } = refusal;
  const words = violations.length > 0 ? spelledOut(violations.map(violationText)) : message;
  const value = create(ViolationsSchema, {
    violations: violations.map((violation) => ({
      message: violationText(violation),
      ruleId: `session.${reason}`,
    })),
  });
  const details = violations.length > 0 ? [{ desc: ViolationsSchema, value }] : [];
  // gRPC percent-encodes messages, which fails on text that is not well-formed Unicode, such as a quoted
  // timestamp cut in the middle of a character.
  return new ConnectError(words.toWellFormed(), codeOf(reason), metadataOf(reason), details, refusal);
}

/** Seconds to wait before another try, where another try may help. */
function metadataOf(reason: RefusalReason): Record<string, string> {
  return reason === 'unavailable' || reason === 'overloaded' ? { 'retry-after': '1' } : {};
}

function codeOf(reason: RefusalReason): Code {
  switch (reason) {
    case 'invalid':
      return Code.InvalidArgument;
    case 'unauthenticated':
    case 'wrong_credential':
    case 'wrong_bearer':
      return Code.Unauthenticated;
    case 'forbidden':
      return Code.PermissionDenied;
    case 'not_found':
      return Code.NotFound;
    case 'method_not_allowed':
      return Code.Unimplemented;
    case 'too_large':
      return Code.ResourceExhausted;
    case 'unavailable':
    case 'overloaded':
      return Code.Unavailable;
  }
}

function violationText({ pointer, message }: Violation): string {
  return (pointer ? `${pointer}: ${message}` : message).toWellFormed();
}

function spelledOut(texts: string[]): string {
  const more = texts.length - SPELLED_OUT_MAX;
  const shown = texts.slice(0, SPELLED_OUT_MAX).join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}
