import { once } from 'node:events';
import { constants } from 'node:http2';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { openHttp2, sendBytes } from '../listener.ts';
import { connectClient, grpcClient } from './clients.ts';
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
