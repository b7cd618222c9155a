import { once } from 'node:events';
import { expect, test } from 'vitest';
import { SERVE_LIMITS } from '../../../src/transport/server/serve-limits.ts';
import { authorityOfFile } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createHeldHandler, echo, fetchHttp2, sendBytes } from './listener.ts';
import { declareShutdownTests } from './shutdown-tests.ts';
import { materialOf, openSecureHttp2, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

const { ca, issue } = authorityOfFile();
const issued = issue('service');

declareShutdownTests({
  start: (handler) => startTlsListener(handler, materialOf(issued)),
  send: (address, text) => sendSecureBytes(address, text, { ca }),
  openHttp2: (baseUrl) => openSecureHttp2(baseUrl, { ca }),
});

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
