// The service config of gRPC clients: how long a call may take, and when it is repeated.
//
// Everything in it follows from the proto and the table of refusals. A method is repeated if the
// proto declares that repeating it does no harm, or if its request can identify the update
// (`update_id`), so that the service recognises the repetition. A code is repeated if every refusal
// that has this code allows that.

import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { REFUSALS } from '../../src/transport/refusals.ts';

/** For all attempts together. The service answers in REQUEST_DEADLINE_MS, by default 2 s. */
const TIMEOUT_S = 5;
/** The longest wait that a request may ask for (`wait_ms`). */
const WAIT_MAX_S = 30;
/** Another caller holds the lock, and the service has waited for it as long as it may. */
const WAITED_FOR = ['already_exists'];

type MethodName = { service: string; method: string };

/** A service config, as https://github.com/grpc/grpc/blob/master/doc/service_config.md has it. */
export type ServiceConfig = {
  methodConfig: { name: MethodName[]; timeout: string; retryPolicy?: RetryPolicy }[];
  retryThrottling: { maxTokens: number; tokenRatio: number };
};

type RetryPolicy = {
  maxAttempts: number;
  initialBackoff: string;
  maxBackoff: string;
  backoffMultiplier: number;
  retryableStatusCodes: string[];
};

/** The config for clients of SessionService. Streams are in it neither with a timeout nor with
 * retries: they last as long as their caller needs, and are resumed from a position. */
export function sessionServiceConfig(): ServiceConfig {
  const unary = SessionService.methods.filter(({ methodKind }) => methodKind === 'unary');
  const waiting = unary.filter(({ input }) => 'waitMs' in input.field);
  const repeated = unary.filter((method) => isRepeatable(method) && !waiting.includes(method));
  const single = unary.filter((method) => !repeated.includes(method) && !waiting.includes(method));
  return {
    methodConfig: [
      { name: namesOf(repeated), timeout: `${TIMEOUT_S}s`, retryPolicy: retryPolicy() },
      { name: namesOf(waiting), timeout: `${WAIT_MAX_S + TIMEOUT_S}s` },
      { name: namesOf(single), timeout: `${TIMEOUT_S}s` },
    ].filter(({ name }) => name.length > 0),
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  };
}

function isRepeatable({ idempotency, input }: DescMethod): boolean {
  return idempotency !== Level.IDEMPOTENCY_UNKNOWN || 'updateId' in input.field;
}

function namesOf(methods: readonly DescMethod[]): MethodName[] {
  return methods.map(({ name }) => ({ service: SessionService.typeName, method: name }));
}

function retryPolicy(): RetryPolicy {
  const forms = Object.values(REFUSALS);
  const codes = [...new Set(forms.map(({ code }) => code))].filter(
    (code) =>
      !WAITED_FOR.includes(code) &&
      forms.every((form) => form.code !== code || form.repeat !== 'no'),
  );
  return {
    maxAttempts: 5,
    initialBackoff: '0.2s',
    maxBackoff: '2s',
    backoffMultiplier: 2,
    retryableStatusCodes: codes.map((code) => code.toUpperCase()).sort(),
  };
}
