// Lock and Unlock as calls: what reaches the service, what comes back, and when a wait ends.

import { Code, createClient } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import {
  RefusalInfoSchema,
  SessionService,
} from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { waitFor } from '../../support/wait-for.ts';
import { connectClient, grpcClient, TRANSPORTS } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

const TOKEN = 'token-of-22-characters';
const OTHER_TOKEN = 'another-token-of-22-ch';

describe.each(Object.entries(TRANSPORTS))('%s', (_name, transportTo) => {
  test('takes a lock, writes under it, and gives it back', async () => {
    const { baseUrl, service } = await startRpcServer();
    const client = createClient(SessionService, transportTo(baseUrl));
    const held = await client.lock({ sessionId: 's', ttlMs: 2500, waitMs: 0 });
    expect(held).toMatchObject({ sessionId: 's', token: TOKEN, ttlMs: 2500 });
    expect(service.locks[0]).toMatchObject({
      ...{ sessionId: 's', token: '', ttlMs: 2500, waitMs: 0, receipt: { monotonicMs: 42 } },
    });

    expect(await client.persist({ sessionId: 's', lockToken: TOKEN })).toMatchObject({
      revision: 1,
    });
    expect((await errorOf(client.persist({ sessionId: 's' }))).code).toBe(Code.AlreadyExists);
    expect((await errorOf(client.persist({ sessionId: 's', lockToken: OTHER_TOKEN }))).code).toBe(
      Code.FailedPrecondition,
    );
    expect(await client.unlock({ sessionId: 's', token: TOKEN })).toEqual({
      $typeName: 'cognigy.session.v1.UnlockResponse',
    });
    expect(await client.persist({ sessionId: 's' })).toMatchObject({ revision: 2 });
  });
});

test('a wait and a time that are not given stay open, a token renews', async () => {
  const { baseUrl, service } = await startRpcServer();
  const client = grpcClient(baseUrl);
  await client.lock({ sessionId: 's' });
  await client.lock({ sessionId: 's', token: TOKEN });
  expect(service.locks).toMatchObject([
    { token: '', ttlMs: 0, waitMs: undefined },
    { token: TOKEN, ttlMs: 0, waitMs: undefined },
  ]);
});

test('a refused lock says why and when to come back, and is counted by its reason', async () => {
  const { baseUrl, refused } = await startRpcServer();
  const client = grpcClient(baseUrl);
  await client.lock({ sessionId: 's' });
  const locked = await errorOf(client.lock({ sessionId: 's', waitMs: 5 }));
  expect(locked.code).toBe(Code.AlreadyExists);
  expect(locked.metadata.get('retry-after')).toBe('2');
  expect(locked.findDetails(RefusalInfoSchema)).toMatchObject([
    { reason: 'locked', retryAfterMs: 1500 },
  ]);
  const lost = [
    client.lock({ sessionId: 's', token: OTHER_TOKEN }),
    client.unlock({ sessionId: 's', token: OTHER_TOKEN }),
    client.persist({ sessionId: 's', lockToken: OTHER_TOKEN }),
  ];
  for (const call of lost) {
    const error = await errorOf(call);
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(error.findDetails(RefusalInfoSchema)).toMatchObject([{ reason: 'lock_lost' }]);
  }
  expect(refused).toEqual(['locked', 'lock_lost', 'lock_lost', 'lock_lost']);
});

describe.each([
  ['gRPC', grpcClient],
  ['Connect', connectClient],
] as const)('a lock that is waited for over %s', (_name, clientOf) => {
  async function startWaiting(options: { signal?: AbortSignal; timeoutMs?: number }) {
    const { baseUrl, service, refused, failed, closing } = await startRpcServer();
    const held = Promise.withResolvers<void>();
    service.before = () => held.promise;
    const call = clientOf(baseUrl).lock({ sessionId: 's', waitMs: 30_000 }, options);
    call.catch(() => {});
    const command = await waitFor(() => service.locks[0] ?? expect.fail('no request yet'));
    return { call, signal: command.signal, refused, failed, closing, answer: held.resolve };
  }

  test('tells the service when its client leaves', async () => {
    const client = new AbortController();
    const { signal, refused, failed, answer } = await startWaiting({ signal: client.signal });
    expect(signal.aborted).toBe(false);
    client.abort();
    await waitFor(() => expect(signal.aborted).toBe(true));
    answer();
    expect([refused, failed]).toEqual([[], []]);
  });

  test('tells the service when the process is about to end, and is answered', async () => {
    const { call, signal, closing, answer } = await startWaiting({});
    closing.abort();
    expect(signal.aborted).toBe(true);
    answer();
    expect(await call).toMatchObject({ token: TOKEN });
  });

  test('tells the service when its deadline has passed', async () => {
    const { call, signal, answer } = await startWaiting({ timeoutMs: 100 });
    expect((await errorOf(call)).code).toBe(Code.DeadlineExceeded);
    await waitFor(() => expect(signal.aborted).toBe(true));
    answer();
  });
});
