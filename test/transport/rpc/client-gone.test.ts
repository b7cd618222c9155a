import { once } from 'node:events';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { encodeFrame, FRAME, numberPayload, PREFACE } from '../../fuzz/http2/frame.ts';
import { headersFrame, requestFields } from '../../fuzz/kinds/grpc.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openHttp2, sendBytes } from '../server/listener.ts';
import { connectClient, grpcClient } from './clients.ts';
import { SOUND } from './malformed-rows.ts';
import { envelope } from './raw-calls.ts';
import { startRpcServer } from './rpc-server.ts';

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
  await waitFor(() => expect(finished).toHaveLength(2));
  held.resolve();
  expect(refused).toEqual([]);
  expect(failed).toEqual([]);
});

test('a client that leaves within its request is not counted', async () => {
  const { baseUrl, server, refused, finished, failed, lines } = await startRpcServer();
  const path = '/cognigy.session.v1.SessionService/Persist';
  const { socket } = sendBytes(
    server.address,
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.write('{"sessionId"');
  socket.resetAndDestroy();
  const stream = openHttp2(baseUrl).request({
    ...{ ':method': 'POST', ':path': path, 'content-type': 'application/json' },
  });
  stream.on('error', () => {});
  stream.write('{');
  await once(stream.session ?? stream, 'remoteSettings');
  stream.close(constants.NGHTTP2_CANCEL);
  await waitFor(() => expect(finished).toHaveLength(2));
  expect([refused, failed, lines]).toEqual([[], [], []]);
});

test('a client that leaves a request half sent behind another ends nothing', async () => {
  const { server, service, finished, failed } = await startRpcServer();
  const waiting = Promise.withResolvers<void>();
  service.before = () => {
    waiting.resolve();
    return new Promise(() => {});
  };
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.prependListener('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));
  const head = (contentType: string, length: number) =>
    `POST /cognigy.session.v1.SessionService/Restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n`;
  const restore = '{"sessionId":"session-1"}';
  // The second one is refused unread, and its answer waits for the first one's.
  const { socket } = sendBytes(
    server.address,
    `${head('application/json', restore.length)}${restore}${head('text/plain', 99)}{"sess`,
  );
  await waiting.promise;
  socket.resetAndDestroy();
  await waitFor(() => expect(finished).toHaveLength(2));
  expect([uncaught, failed]).toEqual([[], []]);
});

test('a call of an unknown method that its client gave up is no failure', async () => {
  const { server, finished, failed } = await startRpcServer();
  const fields = requestFields('/cognigy.session.v1.SessionService/Nothing', 'application/json');
  const calls = Array.from({ length: 20 }, (_, place) => [
    encodeFrame({ ...headersFrame(fields), stream: 2 * place + 1 }),
    encodeFrame({ type: FRAME.resetStream, stream: 2 * place + 1, payload: numberPayload(8) }),
  ]);
  const { socket } = sendBytes(
    server.address,
    Buffer.concat([PREFACE, encodeFrame({ type: FRAME.settings }), ...calls.flat()]),
  );
  await waitFor(() => expect(finished).toHaveLength(calls.length));
  socket.destroy();
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

  await waitFor(() => expect(finished).toHaveLength(3));
  expect(failed).toEqual([]);
  expect(lines).toEqual([]);
});

test.each<[string, (streams: ClientHttp2Stream[]) => void]>([
  ['cancels its calls', (streams) => streams.forEach((stream) => void stream.destroy())],
  [
    'fails itself',
    (streams) => streams.forEach((stream) => void stream.destroy(new Error('failed'))),
  ],
  ['closes its connection', ([stream]) => stream?.session?.destroy()],
  [
    'breaks its protocol',
    ([stream]) => stream?.session?.destroy(undefined, constants.NGHTTP2_PROTOCOL_ERROR),
  ],
])('a client that %s is no error', async (_what, leave) => {
  const { baseUrl, refused, lines, finished, failed, service } = await startRpcServer();
  const held = Promise.withResolvers<void>();
  onTestFinished(() => held.resolve());
  const waiting = Promise.withResolvers<void>();
  service.before = () => {
    waiting.resolve();
    return held.promise;
  };
  const session = openHttp2(baseUrl);
  const open = (path: string, body: Uint8Array) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    stream.write(body);
    return stream;
  };
  // One that has been answered and waits for more, one within its message, one whose method is at
  // work.
  const reflection = open(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    envelope(Uint8Array.of(0x3a, 0x00)),
  );
  await once(reflection, 'data');
  const partial = open('/cognigy.session.v1.SessionService/Persist', Uint8Array.of(0, 0));
  const working = open('/cognigy.session.v1.SessionService/Persist', envelope(SOUND));
  working.end();
  await waiting.promise;
  leave([reflection, partial, working]);
  await waitFor(() => expect(finished).toHaveLength(3));
  expect([refused, failed, lines]).toEqual([[], [], []]);
});
