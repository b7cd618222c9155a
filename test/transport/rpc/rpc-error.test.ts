import { create, toBinary } from '@bufbuild/protobuf';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import {
  RefusalInfoSchema,
  RestoreRequestSchema,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import {
  type ErrorType,
  REFUSAL_REASONS,
  Refusal,
  type RefusalReason,
} from '../../../src/session/errors.ts';
import { callErrorType } from '../../../src/transport/wires/rpc-error.ts';
import { waitFor } from '../../support/wait-for.ts';
import { connectClient, grpcClient } from './clients.ts';
import { callHttp1, callHttp2, envelope, type RawAnswer } from './raw-calls.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

const CODES: Record<RefusalReason, Code> = {
  invalid: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  wrong_credential: Code.Unauthenticated,
  wrong_bearer: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  not_found: Code.NotFound,
  method_not_allowed: Code.Unimplemented,
  unimplemented: Code.Unimplemented,
  unsupported_media_type: Code.Unimplemented,
  too_large: Code.ResourceExhausted,
  schema_violation: Code.InvalidArgument,
  conflict: Code.Aborted,
  id_reused: Code.Aborted,
  locked: Code.AlreadyExists,
  lock_lost: Code.FailedPrecondition,
  compacted: Code.OutOfRange,
  damaged: Code.DataLoss,
  outcome_unknown: Code.DeadlineExceeded,
  unavailable: Code.Unavailable,
  rate_limited: Code.ResourceExhausted,
  overloaded: Code.Unavailable,
  too_many_watches: Code.ResourceExhausted,
};

const RESTORE_REQUEST = envelope(
  toBinary(RestoreRequestSchema, create(RestoreRequestSchema, { sessionId: 'session-1' })),
);
const DEADLINE_MS = 50;
// These clients do not look at the clock, so it is the server that ends the call.
const OUTLIVED: [string, (baseUrl: string) => Promise<RawAnswer>][] = [
  [
    'gRPC',
    (baseUrl) =>
      callHttp2(baseUrl, {
        path: 'Restore',
        headers: { 'grpc-timeout': `${DEADLINE_MS}m` },
        body: RESTORE_REQUEST,
      }),
  ],
  [
    'gRPC-Web',
    (baseUrl) =>
      callHttp1(baseUrl, {
        path: 'Restore',
        headers: {
          'content-type': 'application/grpc-web+proto',
          'grpc-timeout': `${DEADLINE_MS}m`,
        },
        body: RESTORE_REQUEST,
      }),
  ],
  [
    'Connect',
    (baseUrl) =>
      callHttp1(baseUrl, {
        path: 'Restore',
        headers: {
          'content-type': 'application/json',
          'connect-timeout-ms': String(DEADLINE_MS),
        },
        body: Buffer.from('{"sessionId":"session-1"}'),
      }),
  ],
];

test.each(OUTLIVED)(
  'a call over %s that outlives its deadline is answered deadline_exceeded at that time, and counted',
  async (_, call) => {
    const { baseUrl, service, refused } = await startRpcServer();
    const held = Promise.withResolvers<void>();
    service.before = () => held.promise;
    const startedMs = performance.now();
    const { code } = await call(baseUrl);
    expect(code).toBe(Code.DeadlineExceeded);
    expect(performance.now() - startedMs).toBeGreaterThan(0.8 * DEADLINE_MS);
    expect(refused).toEqual(['outcome_unknown']);
    held.resolve();
  },
);

describe.each([
  ['gRPC', grpcClient],
  ['Connect', connectClient],
] as const)('over %s', (_name, clientOf) => {
  test.each(REFUSAL_REASONS)(
    'a refusal for %s has its code, its words, its reason, and its count',
    async (reason) => {
      const { baseUrl, service, refused, lines } = await startRpcServer();
      service.before = async () => {
        throw new Refusal(reason, 'because of 漢 and \ud83d');
      };
      const error = await errorOf(clientOf(baseUrl).restore({ sessionId: 'session-1' }));
      expect(error.code).toBe(CODES[reason]);
      expect(error.rawMessage).toBe('because of 漢 and \ufffd');
      expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason }]);
      expect(refused).toEqual([reason]);
      expect(lines).toEqual([]);
    },
  );

  test('broken rules are named with their fields, in words and as violations', async () => {
    const { baseUrl, refused } = await startRpcServer();
    const error = await errorOf(
      clientOf(baseUrl).persist({
        sessionId: '',
        userId: 'u'.repeat(513),
        timestamp: 't'.repeat(65),
        sequence: 9007199254740992n,
      }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    for (const path of ['session_id: ', 'user_id: ', 'timestamp: ', 'sequence: ']) {
      expect(error.rawMessage).toContain(path);
    }
    const [details] = error.findDetails(ViolationsSchema);
    expect(details?.violations.map(({ ruleId }) => ruleId).sort()).toEqual(
      ['string.max_len', 'string.max_len', 'string.min_len', 'uint64.lte'].sort(),
    );
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'invalid' }]);
    expect(refused).toEqual(['invalid']);
  });

  test('a restore without session and user, and an inspect without target, break a rule', async () => {
    const { baseUrl } = await startRpcServer();
    const client = clientOf(baseUrl);
    const restore = await errorOf(client.restore({}));
    expect(restore.code).toBe(Code.InvalidArgument);
    expect(restore.rawMessage).toContain('session_id or user_id is required');
    const inspect = await errorOf(client.inspect({}));
    expect(inspect.code).toBe(Code.InvalidArgument);
    expect(inspect.rawMessage).toContain('target: ');
  });

  test('a bug is answered without its words, logged with them and with the method, and counted', async () => {
    const { baseUrl, service, refused, lines } = await startRpcServer();
    service.before = async () => {
      throw new TypeError('secret words');
    };
    const error = await errorOf(clientOf(baseUrl).persist({ sessionId: 'session-1' }));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).not.toContain('secret');
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'internal' }]);
    expect(lines).toMatchObject([
      {
        level: 'error',
        method: 'cognigy.session.v1.SessionService/Persist',
        error: { message: 'secret words' },
      },
    ]);
    expect(refused).toEqual(['internal']);
  });

  test('a message larger than the limit is resource_exhausted', async () => {
    const { baseUrl, refused, service } = await startRpcServer({ bodyMaxBytes: 1000 });
    const error = await errorOf(
      clientOf(baseUrl).persist({ sessionId: 'session-1', variables: { text: 'x'.repeat(1000) } }),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe('the body is larger than 1000 bytes (BODY_MAX_BYTES)');
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'too_large' }]);
    expect(service.commands).toEqual([]);
    await waitFor(() => expect(refused).toEqual(['too_large']));
  });

  test('an answer larger than 4 MiB is resource_exhausted', async () => {
    const { baseUrl, refused } = await startRpcServer({ bodyMaxBytes: 8 * 1024 * 1024 });
    const client = clientOf(baseUrl);
    await client.persist({
      sessionId: 'session-1',
      variables: { text: 'x'.repeat(5 * 1024 * 1024) },
    });
    const error = await errorOf(client.restore({ sessionId: 'session-1' }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toMatch(
      `larger than ${4 * 1024 * 1024} bytes: raise SESSION_MAX_BYTES`,
    );
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'too_large' }]);
    await waitFor(() => expect(refused).toEqual(['too_large']));
  });

  test('a value nested too deep is refused with its path', async () => {
    const { baseUrl } = await startRpcServer();
    const nested = (levels: number) =>
      JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
    const client = clientOf(baseUrl);
    await client.persist({ sessionId: 'session-1', variables: { deep: nested(30) } });
    const error = await errorOf(
      client.persist({ sessionId: 'session-1', context: { deep: nested(31) } }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain('/context/deep');
  });
});

test('the server itself answers deadline_exceeded, whatever the client does', async () => {
  const { baseUrl, service, refused } = await startRpcServer();
  const held = Promise.withResolvers<void>();
  service.before = () => held.promise;
  const answer = await fetch(`${baseUrl}/cognigy.session.v1.SessionService/Restore`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'connect-timeout-ms': '30' },
    body: '{"sessionId":"session-1"}',
  });
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({
    code: 'deadline_exceeded',
    details: [{ type: RefusalInfoSchema.typeName }],
  });
  await waitFor(() => expect(refused).toEqual(['outcome_unknown']));
  held.resolve();
});

describe('what Connect says by itself', () => {
  const COUNTED: Record<Code, ErrorType | undefined> = {
    [Code.Canceled]: undefined,
    [Code.Unknown]: 'internal',
    [Code.InvalidArgument]: 'invalid',
    [Code.DeadlineExceeded]: 'outcome_unknown',
    [Code.NotFound]: 'not_found',
    [Code.AlreadyExists]: 'internal',
    [Code.PermissionDenied]: 'forbidden',
    [Code.ResourceExhausted]: 'too_large',
    [Code.FailedPrecondition]: 'internal',
    [Code.Aborted]: undefined,
    [Code.OutOfRange]: 'internal',
    [Code.Unimplemented]: 'unimplemented',
    [Code.Internal]: 'internal',
    [Code.Unavailable]: 'unavailable',
    [Code.DataLoss]: 'internal',
    [Code.Unauthenticated]: 'unauthenticated',
  };

  test.each(Object.entries(COUNTED))('with code %s is counted as %s', (text, counted) => {
    const code: Code = Number(text);
    expect(callErrorType(new ConnectError('', code))).toBe(counted);
  });
});
