// The rules that the proto gives for requests (buf.validate), checked.

import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import {
  EraseRequestSchema,
  EraseUserRequestSchema,
  InspectRequestSchema,
  LockRequestSchema,
  PersistRequestSchema,
  RestoreRequestSchema,
  UnlockRequestSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { brokenRules } from './rpc-error.ts';

const validator = createValidator();

/** Refuses (invalid_argument) a request that breaks a rule; names every field that does. */
export function checkRules<Desc extends DescMessage>(
  schema: Desc,
  request: MessageShape<Desc>,
): void {
  const result = validator.validate(schema, request);
  if (result.kind === 'invalid') throw brokenRules(result.violations);
  if (result.kind === 'error') throw result.error;
}

/** Compiles the rules of all requests: a tenth of a second that the first caller would wait for
 * otherwise. */
export function warmUpRules(): void {
  validator.validate(PersistRequestSchema, create(PersistRequestSchema, { history: [{}] }));
  validator.validate(RestoreRequestSchema, create(RestoreRequestSchema));
  validator.validate(InspectRequestSchema, create(InspectRequestSchema));
  validator.validate(LockRequestSchema, create(LockRequestSchema, { ttlMs: 1, waitMs: 1 }));
  validator.validate(UnlockRequestSchema, create(UnlockRequestSchema));
  validator.validate(EraseRequestSchema, create(EraseRequestSchema));
  validator.validate(EraseUserRequestSchema, create(EraseUserRequestSchema));
}
