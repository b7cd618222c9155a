import { once } from 'node:events';
import { expect, test } from 'vitest';
import { SERVE_LIMITS } from '../../../src/transport/server/serve-limits.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  createHeldHandler,
  echo,
  fetchHttp2,
  openHttp2,
  sendBytes,
  startListener,
} from './listener.ts';
import { declareShutdownTests } from './shutdown-tests.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

declareShutdownTests({ start: startListener, send: sendBytes, openHttp2 });

test('shutdown() refuses new connections, answers what is in flight, and says that the connection ends', async () => {
  const held = createHeldHandler();
  const { server, address, baseUrl } = await startListener(held.handler);
  const { closed } = sendBytes(address, GET);
  await held.arrived;

  let isDone = false;
  const done = server.shutdown().then(() => {
    isDone = true;
  });
  await expect(fetch(baseUrl)).rejects.toThrow();
  expect(isDone).toBe(false);
  held.release();
  expect(await closed).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*answered/is);
  await done;
  await server.finished;
  await server.shutdown();
});

test.each(['', 'PRI', 'GET / HTTP/1.1\r\nHo', GET])(
  'shutdown() cuts a connection without a request soon: "%s"',
  async (text) => {
    const { server, address, finished } = await startListener(echo);
    const { socket, closed } = sendBytes(address, text);
    await once(socket, 'connect');
    if (text === GET) await waitFor(() => expect(finished).toHaveLength(1));
    const startedMs = performance.now();
    await server.shutdown();
    // What was answered before stays; a request that is not whole is none.
    expect(await closed).toMatch(text === GET ? /^HTTP\/1\.1 200 .*GET 1\.1 $/s : /^$/);
    expect(finished).toHaveLength(text === GET ? 1 : 0);
    expect(performance.now() - startedMs).toBeLessThan(SERVE_LIMITS.prefaceTimeoutMs);
  },
);

test('shutdown() turns an HTTP/2 client away that says so only then', async () => {
  const { server, address } = await startListener(echo);
  const { socket, closed } = sendBytes(address, 'P');
  await once(socket, 'connect');
  const done = server.shutdown();
  socket.write('RI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await done;
  expect(await closed).toBe('');
});

test('shutdown() ends a connection whose answer had begun, when the answer has', async () => {
  const held = createHeldHandler();
  const { server, address } = await startListener((request, response, exchange) => {
    response.writeHead(200, { 'content-length': 8 });
    response.write('');
    return held.handler(request, response, exchange);
  });
  const { closed } = sendBytes(address, GET);
  await held.arrived;
  const done = server.shutdown();
  held.release();
  expect(await closed).toMatch(/answered$/);
  await done;
});

test('shutdown() still cuts bodies that never end', async () => {
  const started: string[] = [];
  const { server, address, finished } = await startListener(echo, {
    limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    onStarted: () => void started.push('one'),
  });
  const { socket, closed } = sendBytes(
    address,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc',
  );
  await once(socket, 'connect');
  await waitFor(() => expect(started).toHaveLength(1));
  await server.shutdown();
  expect(await closed).toMatch(/^HTTP\/1\.1 (408|503) /);
  await waitFor(() => expect(finished).toHaveLength(1));
});

test('shutdown() does not wait for ever for clients that do not read their answers', async () => {
  const started: string[] = [];
  const { server, address, baseUrl, finished } = await startListener(
    (_request, response) => void response.end(Buffer.alloc(16 * 1024 * 1024)),
    { limits: { lastAnswerMs: 50 }, onStarted: () => void started.push('one') },
  );
  const { socket } = sendBytes(address, GET);
  socket.pause();
  const session = openHttp2(baseUrl);
  await once(session.request().pause(), 'response');
  await waitFor(() => expect(started).toHaveLength(2));
  await server.shutdown();
  expect(finished.map(({ status }) => status)).toEqual([499, 499]);
});

test('destroy() cuts what is left', async () => {
  const held = createHeldHandler();
  const { server, address, baseUrl } = await startListener(held.handler);
  const { closed } = sendBytes(address, GET);
  const overHttp2 = fetchHttp2(openHttp2(baseUrl));
  overHttp2.catch(() => {});
  await held.arrived;
  const done = server.shutdown();
  server.destroy();
  await done;
  expect(await closed).toBe('');
  await expect(overHttp2).rejects.toThrow();
  held.release();
});
