// Protovalidate, and its answer as an RPC gives it.

import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { createValidator, violationsToProto } from '@bufbuild/protovalidate';
import { VIOLATIONS_MAX } from '../wires/error-details.ts';
import { brokenRules } from '../wires/rpc-error.ts';

const validator = createValidator();

/** Refuses (invalid_argument) a request that breaks a rule of its proto; names every field that
 * does. The first request of a schema takes longer, since the rules are compiled then. */
export function validate<Desc extends DescMessage>(
  schema: Desc,
  request: MessageShape<Desc>,
): void {
  const result = validator.validate(schema, request);
  if (result.kind === 'error') throw result.error;
  if (result.kind === 'valid') return;
  const [{ violations }] = violationsToProto(result.violations.slice(0, VIOLATIONS_MAX));
  throw brokenRules(result.violations.map(String), violations);
}
