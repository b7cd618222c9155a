// What the protocols ask of a server, and connect-node does not do.

import { connect } from 'node:http2';
import { Code } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { type Call, get, grpc, json, proto, SOUND, web } from './malformed-rows.ts';
import { envelope } from './raw-calls.ts';
import { startRpcServer } from './rpc-server.ts';

const VALID_JSON = '{"sessionId":"s"}';
const RESTORE = 'encoding=json&message=%7B%22sessionId%22:%22s%22%7D';

async function expectRefused(call: Call, code: Code, counted: string) {
  const { baseUrl, refused, service } = await startRpcServer();
  const answer = await call(baseUrl);
  expect(answer.code).toBe(code);
  expect(answer.details).toMatch(/RefusalInfo/);
  await waitFor(() => expect(refused).toEqual([counted]));
  expect([service.commands, service.restores]).toEqual([[], []]);
  return answer;
}

test('an unknown grpc-encoding is answered with the encodings that are known', async () => {
  const { baseUrl } = await startRpcServer();
  const session = connect(baseUrl);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/cognigy.session.v1.SessionService/Persist' },
    ...{ 'content-type': 'application/grpc', 'grpc-encoding': 'zstd' },
  });
  stream.end(envelope(SOUND, 1));
  const headers = await new Promise((resolve) => stream.once('response', resolve));
  expect(headers).toMatchObject({ 'grpc-status': '12', 'grpc-accept-encoding': 'gzip' });
});

test('an unknown content-encoding is answered with the encodings that are known', async () => {
  const call = json(VALID_JSON, { 'content-encoding': 'br' });
  const { headers } = await expectRefused(call, Code.Unimplemented, 'unimplemented');
  expect(headers.get('accept-encoding')).toBe('gzip');
});

test.each<[string, Call]>([
  ['Connect JSON', json(VALID_JSON, { 'connect-protocol-version': '2' })],
  ['Connect binary', proto(SOUND, { 'connect-protocol-version': '1.0' })],
  ['GET', get(`${RESTORE}&connect=v2`)],
])('%s of another version of the protocol is refused', async (_wire, call) => {
  await expectRefused(call, Code.InvalidArgument, 'invalid');
});

test.each<[string, Call]>([
  ['Connect JSON', json(VALID_JSON, { 'connect-protocol-version': '1' })],
  ['Connect JSON without a version', json(VALID_JSON)],
  [
    'Connect JSON with a charset',
    json(VALID_JSON, { 'content-type': 'application/JSON; charset=UTF8' }),
  ],
])('%s is served', async (_wire, call) => {
  const { baseUrl } = await startRpcServer();
  expect((await call(baseUrl)).status).toBe(200);
});

test.each<[string, Call]>([
  ['gRPC: 2', grpc(envelope(SOUND, 2))],
  ['gRPC: 3', grpc(envelope(SOUND, 3))],
  ['gRPC-Web: 2', web(envelope(SOUND, 2))],
])('a message with flags that are not known is refused: %s', async (_flags, call) => {
  await expectRefused(call, Code.InvalidArgument, 'invalid');
});

test.each<[string, Call]>([
  ['gRPC', grpc(envelope(SOUND), { 'grpc-timeout': '0m' })],
  ['gRPC, a nanosecond', grpc(envelope(SOUND), { 'grpc-timeout': '1n' })],
  ['gRPC-Web', web(envelope(SOUND), { 'grpc-timeout': '0S' })],
  ['Connect JSON', json(VALID_JSON, { 'connect-timeout-ms': '0' })],
  ['Connect binary', proto(SOUND, { 'connect-timeout-ms': '0' })],
])('a call whose deadline has passed does nothing: %s', async (_wire, call) => {
  await expectRefused(call, Code.DeadlineExceeded, 'outcome_unknown');
});

test.each(['1e9S', 'InfinityH', '123456789S', '5 S', '-5S', '5', 'S', '0x5S', ''])(
  'grpc-timeout %j is refused',
  async (timeout) => {
    for (const call of [grpc, web])
      await expectRefused(
        call(envelope(SOUND), { 'grpc-timeout': timeout }),
        Code.InvalidArgument,
        'invalid',
      );
  },
);

test.each(['1e9', 'Infinity', '12345678901', '-5', '5.0', '0x5', ''])(
  'connect-timeout-ms %j is refused',
  async (timeout) => {
    const call = json(VALID_JSON, { 'connect-timeout-ms': timeout });
    await expectRefused(call, Code.InvalidArgument, 'invalid');
  },
);

test('a field that is there twice is refused, one within a value counts last', async () => {
  const twice = json('{"sessionId":"s","sessionId":"t"}');
  await expectRefused(twice, Code.InvalidArgument, 'invalid');
  const { baseUrl, service } = await startRpcServer();
  await json('{"sessionId":"s","variables":{"a":1,"a":2}}')(baseUrl);
  expect(service.commands[0]?.variables).toEqual([{ key: 'a', json: '2' }]);
});

test('a deadline passes within the body, too', async () => {
  const { baseUrl, refused, service } = await startRpcServer();
  const session = connect(baseUrl);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/cognigy.session.v1.SessionService/Persist' },
    ...{ 'content-type': 'application/grpc', 'grpc-timeout': '50m' },
  });
  stream.write(envelope(SOUND).subarray(0, -1));
  const headers = await new Promise((resolve) => stream.once('response', resolve));
  expect(headers).toMatchObject({ 'grpc-status': String(Code.DeadlineExceeded) });
  stream.end(envelope(SOUND).subarray(-1));
  await waitFor(() => expect(refused).toEqual(['outcome_unknown']));
  expect(service.commands).toEqual([]);
});
