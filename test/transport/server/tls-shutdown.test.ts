import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVE_LIMITS } from '../../../src/transport/server/serve-limits.ts';
import {
  createAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createHeldHandler, echo, fetchHttp2, sendBytes } from './listener.ts';
import { materialOf, openSecureHttp2, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

let authority: TestAuthority;
let issued: IssuedCertificate;
let ca: string;

beforeAll(() => {
  authority = createAuthority();
  issued = authority.issue('service');
  ca = authority.ca;
});

afterAll(() => authority.remove());

test('shutdown() answers what is in flight over TLS, and says that the connection ends', async () => {
  const held = createHeldHandler();
  const { server, address } = await startTlsListener(held.handler, materialOf(issued));
  const { closed } = sendSecureBytes(address, GET, { ca });
  await held.arrived;
  const done = server.shutdown();
  expect(await sendSecureBytes(address, GET, { ca }).closed).toBe('');
  held.release();
  expect(await closed).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*answered/is);
  await done;
});

test('shutdown() sends GOAWAY over TLS, and finishes what is in flight', async () => {
  const held = createHeldHandler();
  const { server, baseUrl } = await startTlsListener(held.handler, materialOf(issued));
  const [busy, idle] = [openSecureHttp2(baseUrl, { ca }), openSecureHttp2(baseUrl, { ca })];
  const answer = fetchHttp2(busy);
  await Promise.all([held.arrived, once(idle, 'remoteSettings')]);
  const goneAway = [once(busy, 'goaway'), once(idle, 'close')];
  const done = server.shutdown();
  await Promise.all(goneAway);
  held.release();
  expect(await answer).toEqual({ status: 200, body: 'answered' });
  await done;
});

test('shutdown() lets a large answer arrive whole at a client that reads slowly', async () => {
  const bytes = 16 * 1024 * 1024;
  const { server, address } = await startTlsListener((_request, response) => {
    response.writeHead(200, { 'content-length': bytes });
    response.end(Buffer.alloc(bytes, 'x'));
  }, materialOf(issued));
  const { socket, closed } = sendSecureBytes(address, GET, { ca });
  await once(socket, 'data');
  socket.pause();
  const done = server.shutdown();
  // One turn of the loop, in which a server that cuts would cut.
  await new Promise((resolve) => setImmediate(resolve));
  socket.resume();
  expect((await closed).split('\r\n\r\n')[1]).toHaveLength(bytes);
  await done;
});

test('shutdown() answers a request that was on its way when it began', async () => {
  const { server, address, finished } = await startTlsListener(echo, materialOf(issued));
  const { socket, closed } = sendSecureBytes(address, GET, { ca });
  await waitFor(() => expect(finished).toHaveLength(1));
  socket.write(GET.replace('GET', 'PUT'));
  await server.shutdown();
  expect(await closed).toMatch(/connection: close\r\n.*PUT 1\.1 $/is);
});

test.each(['', '\x16\x03'])(
  'shutdown() cuts a connection within its handshake soon: %j',
  async (text) => {
    const { server, address } = await startTlsListener(echo, materialOf(issued));
    const { socket, closed } = sendBytes(address, text);
    await once(socket, 'connect');
    await server.shutdown();
    expect(await closed).toBe('');
  },
);

test.each(['', GET])('shutdown() cuts a connection without a request soon: %j', async (text) => {
  const { server, address, finished } = await startTlsListener(echo, materialOf(issued));
  const { closed, secured } = sendSecureBytes(address, text, { ca });
  await secured;
  if (text === GET) await waitFor(() => expect(finished).toHaveLength(1));
  const startedMs = performance.now();
  await server.shutdown();
  expect(await closed).toMatch(text === GET ? /^HTTP\/1\.1 200 /s : /^$/);
  expect(performance.now() - startedMs).toBeLessThan(SERVE_LIMITS.prefaceTimeoutMs);
});

test('destroy() cuts what is left over TLS', async () => {
  const held = createHeldHandler();
  const { server, address, baseUrl, finished } = await startTlsListener(
    held.handler,
    materialOf(issued),
  );
  const { closed } = sendSecureBytes(address, GET, { ca });
  const overHttp2 = fetchHttp2(openSecureHttp2(baseUrl, { ca }));
  overHttp2.catch(() => {});
  await held.arrived;
  const done = server.shutdown();
  server.destroy();
  await done;
  expect(await closed).toBe('');
  await expect(overHttp2).rejects.toThrow();
  held.release();
  for (const { status } of finished) expect(status).toBe(499);
});
