import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code, type ConnectError } from '@connectrpc/connect';
import { describe, expect, test, vi } from 'vitest';
import { REFUSAL_REASONS, Refusal, type RefusalReason } from '../../../src/session/errors.ts';
import { openHttp2, sendBytes } from '../listener.ts';
import { connectClient, grpcClient } from './clients.ts';
import { startRpcServer } from './rpc-server.ts';

const CODES: Record<RefusalReason, Code> = {
  invalid: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  wrong_credential: Code.Unauthenticated,
  wrong_bearer: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  not_found: Code.NotFound,
  method_not_allowed: Code.Unimplemented,
  too_large: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
  overloaded: Code.Unavailable,
};

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail('the call was answered'),
    (error) => error as ConnectError,
  );
}

describe.each([
  ['gRPC', grpcClient],
  ['Connect', connectClient],
] as const)('over %s', (_name, clientOf) => {
  test.each(REFUSAL_REASONS)('a refusal for %s has its code, its words, and its count', async (reason) => {
    const { baseUrl, service, refused, lines } = await startRpcServer();
    service.before = async () => {
      throw new Refusal(reason, 'because of 漢 and \ud83d');
    };
    const error = await errorOf(clientOf(baseUrl).restore({ sessionId: 'session-1' }));
    expect(error.code).toBe(CODES[reason]);
    expect(error.rawMessage).toBe('because of 漢 and \ufffd');
    expect(refused).toEqual([reason]);
    expect(lines).toEqual([]);
  });

  test('broken rules are named with their fields, in words and as violations', async () => {
    const { baseUrl, refused } = await startRpcServer();
    const error = await errorOf(
      clientOf(baseUrl).persist({
        sessionId: '',
        userId: 'u'.repeat(513),
        history: [{ nodeId: 'start' }, { nodeId: '' }],
        sequence: 9007199254740992n,
      }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    for (const path of ['session_id: ', 'user_id: ', 'history[1].node_id: ', 'sequence: ']) {
      expect(error.rawMessage).toContain(path);
    }
    const [details] = error.findDetails(ViolationsSchema);
    expect(details?.violations.map(({ ruleId }) => ruleId).sort()).toEqual(
      ['string.max_len', 'string.min_len', 'string.min_len', 'uint64.lte'].sort(),
    );
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
    expect(lines).toMatchObject([
      {
        level: 'error',
        method: 'cognigy.session.v1.SessionService/Persist',
        error: { message: 'secret words' },
      },
    ]);
    expect(refused).toEqual(['internal']);
  });

  test('a call that outlives its deadline is answered deadline_exceeded', async () => {
    const { baseUrl, service, refused } = await startRpcServer();
    const held = Promise.withResolvers<void>();
    service.before = () => held.promise;
    const error = await errorOf(clientOf(baseUrl).restore({ sessionId: 'session-1' }, { timeoutMs: 50 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    await vi.waitFor(() => expect(refused.length).toBeLessThan(2));
    held.resolve();
  });

  test('a message larger than the limit is resource_exhausted', async () => {
    const { baseUrl, refused, service } = await startRpcServer({ bodyMaxBytes: 1000 });
    const error = await errorOf(
      clientOf(baseUrl).persist({ sessionId: 'session-1', variables: { text: 'x'.repeat(1000) } }),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toContain('1000');
    expect(service.commands).toEqual([]);
    await vi.waitFor(() => expect(refused).toEqual(['too_large']));
  });

  test('an answer larger than 4 MiB is resource_exhausted', async () => {
    const { baseUrl, refused } = await startRpcServer({ bodyMaxBytes: 8 * 1024 * 1024 });
    const client = clientOf(baseUrl);
    await client.persist({ sessionId: 'session-1', variables: { text: 'x'.repeat(5 * 1024 * 1024) } });
    const error = await errorOf(client.restore({ sessionId: 'session-1' }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toContain(String(4 * 1024 * 1024));
    await vi.waitFor(() => expect(refused).toEqual(['too_large']));
  });

  test('a value nested too deep is refused with its path', async () => {
    const { baseUrl } = await startRpcServer();
    const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
    const client = clientOf(baseUrl);
    await client.persist({ sessionId: 'session-1', variables: { deep: nested(30) } });
    const error = await errorOf(client.persist({ sessionId: 'session-1', context: { deep: nested(31) } }));
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
  expect(await answer.json()).toMatchObject({ code: 'deadline_exceeded' });
  await vi.waitFor(() => expect(refused).toEqual(['unavailable']));
  held.resolve();
});

test('a Struct number that JSON has no text for is refused with its path', async () => {
  const { baseUrl } = await startRpcServer();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const error = await errorOf(
      grpcClient(baseUrl).persist({ sessionId: 'session-1', variables: { list: [1, { x: value }] } }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain('/variables/list');
    expect(error.findDetails(ViolationsSchema)[0]?.violations).toHaveLength(1);
  }
});

test('an id that is not well-formed Unicode is refused', async () => {
  const { baseUrl } = await startRpcServer();
  for (const [method, body] of [
    ['Restore', '{"sessionId":"\\ud83d"}'],
    ['Restore', '{"userId":"\\ud83d"}'],
    ['Inspect', '{"sessionId":"\\ud83d"}'],
    ['Inspect', '{"userId":"\\ud83d"}'],
  ]) {
    const answer = await fetch(`${baseUrl}/cognigy.session.v1.SessionService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body ?? '',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_argument' });
  }
});

test('a compressed request is read, and answered uncompressed', async () => {
  const { baseUrl, service } = await startRpcServer();
  const post = (method: string, message: string) =>
    fetch(`${baseUrl}/cognigy.session.v1.SessionService/${method}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'accept-encoding': 'gzip',
      },
      body: new Uint8Array(gzipSync(message)),
    });
  const text = 'x'.repeat(100_000);
  const variables = { text };
  expect((await post('Persist', JSON.stringify({ sessionId: 's', variables }))).status).toBe(200);
  expect(service.commands[0]?.variables).toEqual([{ key: 'text', json: JSON.stringify(text) }]);
  const answer = await post('Restore', '{"sessionId":"s"}');
  expect(answer.headers.get('content-encoding')).toBeNull();
  expect(await answer.json()).toMatchObject({ session: { variables } });

  // The limit holds for what the message becomes, not for what it was packed into.
  const bomb = await post('Persist', ' '.repeat(16 * 1024 * 1024));
  expect(bomb.status).toBe(429);
});

test('what is no call is answered, and counted once', async () => {
  const { baseUrl, refused } = await startRpcServer();
  const path = `${baseUrl}/cognigy.session.v1.SessionService/Persist`;
  const json = { 'content-type': 'application/json' };
  expect((await fetch(path, { method: 'POST', headers: json, body: '{' })).status).toBe(400);
  expect((await fetch(path, { method: 'POST', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  expect((await fetch(path, { method: 'GET' })).status).toBe(405);
  await vi.waitFor(() => expect(refused).toEqual(['invalid', 'invalid', 'method_not_allowed']));

  const missing = await fetch(`${baseUrl}/cognigy.session.v1.SessionService/Nothing`, { method: 'POST' });
  expect(missing.status).toBe(404);
  expect(await missing.json()).toEqual({
    error: 'There is no such method on this port.',
    code: 'not_found',
    details: [],
  });
});

test('a call that its client gave up is not counted', async () => {
  const { baseUrl, service, refused, finished, failed } = await startRpcServer();
  const held = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  service.before = () => {
    waiting.resolve();
    return held.promise;
  };
  const abort = new AbortController();
  for (const client of [grpcClient(baseUrl), connectClient(baseUrl)]) {
    const call = client.restore({ sessionId: 'session-1' }, { signal: abort.signal });
    call.catch(() => {});
  }
  await waiting.promise;
  abort.abort();
  await vi.waitFor(() => expect(finished).toHaveLength(2));
  held.resolve();
  expect(refused).toEqual([]);
  expect(failed).toEqual([]);
});

test('a client that leaves within its answer is no failure', async () => {
  const { baseUrl, server, finished, failed, lines } = await startRpcServer({
    bodyMaxBytes: 8 * 1024 * 1024,
  });
  const text = 'x'.repeat(3 * 1024 * 1024);
  await grpcClient(baseUrl).persist({ sessionId: 's', variables: { text } });
  const path = '/cognigy.session.v1.SessionService/Restore';

  const { socket } = sendBytes(
    server.address,
    `GET ${path}?encoding=json&message=%7B%22sessionId%22%3A%22s%22%7D HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.resetAndDestroy();

  const stream = openHttp2(baseUrl).request({
    ...{ ':method': 'POST', ':path': path, 'content-type': 'application/json' },
  });
  stream.end('{"sessionId":"s"}');
  await once(stream, 'response');
  stream.session?.destroy();

  await vi.waitFor(() => expect(finished).toHaveLength(3));
  expect(failed).toEqual([]);
  expect(lines).toEqual([]);
});

test('a call without a readable host is answered 400', async () => {
  const { server, failed } = await startRpcServer();
  const answer = await sendBytes(
    server.address,
    'POST /cognigy.session.v1.SessionService/Restore HTTP/1.1\r\nHost: a b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  ).closed;
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(failed).toEqual([]);
});
