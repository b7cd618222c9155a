import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authorityOfFile } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo, fetchHttp2, openTimeOf, sendBytes } from './listener.ts';
import { materialOf, openSecureHttp2, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const { ca, issue } = authorityOfFile();
const issued = issue('service');

describe('one port over TLS', () => {
  test('answers the protocol that the client names in the handshake', async () => {
    const { address, baseUrl, failures } = await startTlsListener(echo, materialOf(issued));
    const http1 = sendSecureBytes(address, GET, { ca, ALPNProtocols: ['http/1.1'] });
    expect(await http1.closed).toMatch(/GET 1\.1 $/);
    expect(http1.socket.alpnProtocol).toBe('http/1.1');
    const session = openSecureHttp2(baseUrl, { ca });
    expect(await fetchHttp2(session, { body: 'abc' })).toEqual({
      status: 200,
      body: 'POST 2.0 abc',
    });
    expect(session.alpnProtocol).toBe('h2');
    expect(failures).toEqual([]);
  });

  test('answers HTTP/1.1 to a client that names none', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued));
    expect(await sendSecureBytes(address, GET, { ca }).closed).toMatch(/GET 1\.1 $/);
  });

  test('prefers HTTP/2 where the client takes both', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued));
    const { socket, secured } = sendSecureBytes(address, '', {
      ca,
      ALPNProtocols: ['http/1.1', 'h2'],
    });
    await secured;
    expect(socket.alpnProtocol).toBe('h2');
  });

  test('refuses a client that names others alone', async () => {
    const { address, failures } = await startTlsListener(echo, materialOf(issued));
    expect(await sendSecureBytes(address, GET, { ca, ALPNProtocols: ['spdy/3'] }).closed).toBe('');
    await waitFor(() => expect(failures).toEqual(['ERR_SSL_NO_APPLICATION_PROTOCOL']));
  });
});

describe('a connection on which no TLS comes to stand', () => {
  test.each([GET, HTTP2_PREFACE, 'hello\r\n'])(
    'is told in plain text that it would have to, and is counted: %j',
    async (text) => {
      const { server, address, failures } = await startTlsListener(echo, materialOf(issued));
      const answer = await sendBytes(address, text).closed;
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
        error: 'This port uses TLS alone. Call it by https.',
        code: 'invalid_argument',
      });
      expect(failures).toEqual(['plain text']);
      await server.shutdown();
    },
  );

  test('is cut where it stays silent, and is not counted', async () => {
    const { address, failures } = await startTlsListener(echo, materialOf(issued), {
      limits: { prefaceTimeoutMs: 50 },
    });
    const { socket, closed } = sendBytes(address, '');
    const openForMs = await openTimeOf(socket);
    expect(await closed).toBe('');
    expect(openForMs).toBeGreaterThan(0.8 * 50);
    expect(failures).toEqual([]);
  });

  test.each([
    [
      'never ends its handshake',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'ERR_TLS_HANDSHAKE_TIMEOUT',
    ],
    ['makes none that can be understood', '\x16 hello, this is no handshake', /^ERR_SSL_/],
  ])('is cut and counted where it %s', async (_, bytes, reason) => {
    const { server, address, failures } = await startTlsListener(echo, materialOf(issued), {
      limits: { handshakeTimeoutMs: 50 },
    });
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host).on('error', () => {});
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.write(Buffer.from(bytes, 'latin1'));
    await once(socket, 'close');
    // An alert of TLS at the most, no answer.
    expect(received).not.toMatch(/HTTP/);
    await waitFor(() => expect(failures).toEqual([expect.stringMatching(reason)]));
    await server.shutdown();
  });

  test('is counted where the client does not trust the certificate', async () => {
    const { address, failures } = await startTlsListener(echo, materialOf(issued));
    const curl = promisify(execFile)('curl', ['--silent', '--show-error', `https://${address}/`]);
    await expect(curl).rejects.toThrow(/unable to get local issuer certificate/);
    await waitFor(() => expect(failures).toEqual(['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA']));
  });

  test('leaves nothing behind where the client goes within its handshake', async () => {
    const { server, address, failures } = await startTlsListener(echo, materialOf(issued));
    const { socket } = sendBytes(address, '\x16\x03');
    await once(socket, 'connect');
    socket.destroy();
    await waitFor(() => expect(failures).toEqual(['ECONNRESET']));
    await server.shutdown();
  });
});

describe('limits over TLS', () => {
  test('slow headers are cut with 408 and a JSON error', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued), {
      limits: { headersTimeoutMs: 50 },
    });
    const answer = await sendSecureBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n', { ca }).closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*"reason":"invalid","details":\[\]}$/s);
  });

  test('a connection that never sends a request is cut', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued), {
      limits: { headersTimeoutMs: 300 },
    });
    const { socket, secured, closed } = sendSecureBytes(address, '', { ca });
    await secured;
    const openForMs = await openTimeOf(socket);
    expect(await closed).toMatch(/^HTTP\/1\.1 408 /);
    // The server may have counted for a while before the client knew that it is connected.
    expect(openForMs).toBeGreaterThan(0.5 * 300);
  });

  test('a slow body over HTTP/1.1 is cut with 408', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued), {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n';
    expect(await sendSecureBytes(address, `${head}abc`, { ca }).closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a slow body over HTTP/2 is cut', async () => {
    const { baseUrl } = await startTlsListener(echo, materialOf(issued), {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    });
    const slow = openSecureHttp2(baseUrl, { ca }).request({ ':path': '/', ':method': 'POST' });
    slow.write('abc');
    await once(slow, 'close');
    expect(slow.rstCode).toBe(8);
  });

  test('an HTTP/2 client that never completes its preface is dropped', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued), {
      limits: { headersTimeoutMs: 300 },
    });
    const { socket, secured, closed } = sendSecureBytes(address, HTTP2_PREFACE, {
      ca,
      ALPNProtocols: ['h2'],
    });
    await secured;
    const openForMs = await openTimeOf(socket);
    expect(await closed).not.toMatch(/HTTP\/1/);
    // The server may have counted for a while before the client knew that it is connected.
    expect(openForMs).toBeGreaterThan(0.5 * 300);
  });

  test('clients without requests are told to go', async () => {
    const { address, baseUrl } = await startTlsListener(echo, materialOf(issued), {
      // A request is to come within it, handshake included, on a busy machine too.
      limits: { keepAliveTimeoutMs: 300 },
    });
    const keptAlive = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await sendSecureBytes(address, keptAlive, { ca }).closed).toMatch(/GET 1\.1 /);
    const session = openSecureHttp2(baseUrl, { ca });
    // On a busy machine they may come as soon as the answer.
    const gone = [once(session, 'goaway'), once(session, 'close')];
    await fetchHttp2(session);
    await Promise.all(gone);
  });

  test('headers larger than the limit are refused with 431', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued));
    const header = `X-Large: ${'x'.repeat(17 * 1024)}\r\n`;
    const text = `GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n`;
    expect(await sendSecureBytes(address, text, { ca }).closed).toMatch(
      /^HTTP\/1\.1 431 .*16384 bytes/s,
    );
  });

  test('connections above the limit are closed unread, until one has ended', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued), {
      limits: { connectionsMax: 1 },
    });
    const first = sendSecureBytes(address, '', { ca });
    await first.secured;
    expect(await sendSecureBytes(address, GET, { ca }).closed).toBe('');
    first.socket.destroy();
    await waitFor(async () =>
      expect(await sendSecureBytes(address, GET, { ca }).closed).toMatch(/GET 1\.1 $/),
    );
  });

  test('a client that half closes after its request is answered', async () => {
    const { address } = await startTlsListener(echo, materialOf(issued));
    const { socket, closed, secured } = sendSecureBytes(address, '', { ca, allowHalfOpen: true });
    await secured;
    socket.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc');
    expect(await closed).toMatch(/POST 1\.1 abc$/);
  });
});
