// What a request may look like: as HTTP, as compressed bytes, as a message.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { Code } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { sendBytes } from '../server/listener.ts';
import { grpcClient } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

test('a Struct number that JSON has no text for is refused with its path', async () => {
  const { baseUrl } = await startRpcServer();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const error = await errorOf(
      grpcClient(baseUrl).persist({
        sessionId: 'session-1',
        variables: { list: [1, { x: value }] },
      }),
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

test('a request is received when it has been read, so a slow client does not use up the deadline', async () => {
  const receive = () => ({ wallMicros: 0n, monotonicMs: performance.now() });
  const { baseUrl, service } = await startRpcServer({ receive });
  const call = httpRequest(`${baseUrl}/cognigy.session.v1.SessionService/Persist`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  call.flushHeaders();
  // The server has seen the headers.
  await once(call, 'continue');
  const sentAtMs = performance.now();
  call.end('{"sessionId":"s"}');
  const [answer] = await once(call, 'response');
  expect(answer.statusCode).toBe(200);
  expect(service.commands[0]?.receipt.monotonicMs).toBeGreaterThanOrEqual(sentAtMs);
});

test('a compressed request is read, and answered uncompressed', async () => {
  const { baseUrl, service } = await startRpcServer();
  const post = (method: string, message: string) =>
    fetch(`${baseUrl}/cognigy.session.v1.SessionService/${method}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'GZip',
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
  const plain = await fetch(path, { method: 'POST', headers: { 'content-type': 'text/plain' } });
  expect(plain.status).toBe(415);
  expect(await plain.json()).toMatchObject({
    code: 'unimplemented',
    message: expect.stringContaining('application/json'),
  });
  const got = await fetch(path, { method: 'GET' });
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await got.json()).toMatchObject({
    code: 'unimplemented',
    message: 'the method is called by POST',
  });
  await waitFor(() =>
    expect(refused).toEqual(['invalid', 'unsupported_media_type', 'method_not_allowed']),
  );

  const missing = await fetch(`${baseUrl}/nowhere`, { method: 'POST' });
  expect(missing.status).toBe(404);
  expect(await missing.json()).toEqual({
    error: 'There is nothing at this path.',
    code: 'not_found',
    reason: 'not_found',
    details: [],
  });
});

test('a call whose host cannot be read is refused like one of another host', async () => {
  const { server, failed } = await startRpcServer();
  const answer = await sendBytes(
    server.address,
    'POST /cognigy.session.v1.SessionService/Restore HTTP/1.1\r\nHost: a b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  ).closed;
  expect(answer).toMatch(/^HTTP\/1\.1 403 .*"code":"permission_denied".*RefusalInfo/s);
  expect(failed).toEqual([]);
});
