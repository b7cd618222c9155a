// What programs get with an error's code and words: why, what to do about it, and each violation.
//
// gRPC carries all of an error in trailers, the words twice and the details in base64. Clients take
// 8 KiB of trailers by default; of more they make an error that says nothing of ours. So words and
// violations are cut.

import { create, toBinary } from '@bufbuild/protobuf';
import {
  type Violation as ViolationMessage,
  ViolationSchema,
  ViolationsSchema,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { ConnectError } from '@connectrpc/connect';
import { RefusalInfoSchema } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { ErrorType, Refusal, RefusalFacts, Violation } from '../../session/errors.ts';
import { answeredFacts } from '../retry-after.ts';
import { cutText } from './cut-text.ts';

type Detail = NonNullable<ConstructorParameters<typeof ConnectError>[3]>[number];

/** How many violations are looked at, and how many bytes of them are answered. */
export const VIOLATIONS_MAX = 50;
const VIOLATIONS_MAX_BYTES = 2048;
/** A pointer has a caller's keys in it, a message may quote what was sent. */
const POINTER_MAX_BYTES = 100;
const MESSAGE_MAX_BYTES = 400;

/** Why, in the word that metrics count, and what to do about it. */
export function infoDetail(reason: ErrorType, facts: RefusalFacts = {}): Detail {
  return { desc: RefusalInfoSchema, value: create(RefusalInfoSchema, { reason, ...facts }) };
}

/** The details of a refusal. */
export function refusalDetails(refusal: Refusal): Detail[] {
  const { reason, violations } = refusal;
  const info = infoDetail(reason, answeredFacts(refusal));
  if (violations.length === 0) return [info];
  const ruleId = `session.${reason}`;
  const messages = violations
    .slice(0, VIOLATIONS_MAX)
    .map((violation) => create(ViolationSchema, { message: violationText(violation), ruleId }));
  return [info, violationsDetail(messages)];
}

/** The details of a request that breaks rules of its proto. */
export function brokenRulesDetails(violations: readonly ViolationMessage[]): Detail[] {
  return [infoDetail('invalid'), violationsDetail(violations)];
}

/** A violation in words. */
export function violationText({ pointer, message }: Violation): string {
  const words = cutText(message, MESSAGE_MAX_BYTES);
  return pointer ? `${cutText(pointer, POINTER_MAX_BYTES)}: ${words}` : words;
}

/** The first ones, as many as there is room for. */
function violationsDetail(messages: readonly ViolationMessage[]): Detail {
  let bytes = 0;
  const violations = messages.filter((message) => {
    bytes += toBinary(ViolationSchema, message).length;
    return bytes <= VIOLATIONS_MAX_BYTES;
  });
  return { desc: ViolationsSchema, value: create(ViolationsSchema, { violations }) };
}
