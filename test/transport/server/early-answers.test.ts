// Requests that are answered before their bodies have been read, and what then becomes of the
// connection: the next request on it is answered, or the answer said that the connection closes.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RunningApp, startTestApp } from '../../support/running-app.ts';
import { waitFor } from '../../support/wait-for.ts';
import { chunked, EARLY, type Early, JSON_TYPE, KEY, LARGE, RPC } from './early-requests.ts';
import { echo, fetchHttp2, openHttp2, sendBytes, startListener } from './listener.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

function openSocket(baseUrl: string): { socket: Socket; received: () => string } {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  return { socket, received: () => text };
}

const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

describe('over HTTP/1.1', () => {
  describe.each(['content-length', 'chunked'])('a body by %s', (framing) => {
    test.each(Object.keys(EARLY))('%s: the next request is answered', async (name) => {
      const { to, request, fields = '', body = LARGE, status } = EARLY[name] as Early;
      const { socket, received } = openSocket(app[to]);
      const length =
        framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\n${fields}${length}\r\n\r\n`);
      socket.write(framing === 'chunked' ? chunked(body) : body);
      await waitFor(() => expect(statusesIn(received())).toEqual([status]));
      if (/^connection: close$/im.test(received())) {
        await once(socket, 'close');
        return;
      }
      const next = to === 'admin' ? 'GET /healthz' : `GET /again`;
      socket.write(`${next} HTTP/1.1\r\nHost: localhost\r\n${KEY}\r\n`);
      await waitFor(() =>
        expect(statusesIn(received())).toEqual([status, to === 'admin' ? 200 : 404]),
      );
    });
  });

  test('a client that sends all of its body before it reads anything reads the answer', async () => {
    const { socket, received } = openSocket(app.rpc);
    socket.pause();
    socket.write(
      `POST ${RPC}/Persist HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Content-Length: ${LARGE.length}\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.write(LARGE, () => resolve()));
    socket.resume();
    await waitFor(() => expect(statusesIn(received())).toEqual([429]));
  });

  test('a body that is longer than what is read on is told so with the answer, and closes the connection', async () => {
    const { address, finished } = await startListener(
      (_request, response) => void response.end('no'),
      {
        limits: { restMaxBytes: 1000 },
      },
    );
    const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
    const { socket, closed } = sendBytes(address, `${head}Content-Length: 1000000\r\n\r\n`);
    socket.write(Buffer.alloc(1_000_000));
    expect(await closed).toMatch(/^HTTP\/1\.1 200 .*connection: close\r\n.*no$/is);
    expect(finished).toMatchObject([{ status: 200 }]);
  });

  test('a body in chunks that goes on beyond that closes the connection, however small its chunks are', async () => {
    const { address } = await startListener((_request, response) => void response.end('no'), {
      limits: { restMaxBytes: 100_000 },
    });
    const { socket, closed } = sendBytes(
      address,
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await once(socket, 'data');
    const tiny = Buffer.from('1\r\na\r\n'.repeat(1000));
    const more = setInterval(() => socket.write(tiny), 1);
    onTestFinished(() => clearInterval(more));
    expect(await closed).toMatch(/^HTTP\/1\.1 200 .*no$/s);
  });

  test('a rest of a body that does not come ends the connection, and is no answer to the next request', async () => {
    const { address } = await startListener((_request, response) => void response.end('no'), {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    });
    const { closed } = sendBytes(
      address,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc',
    );
    expect(statusesIn(await closed)).toEqual([200]);
  });

  test('a rest of a body that is broken ends the connection likewise', async () => {
    const { address } = await startListener((_request, response) => void response.end('no'));
    const { socket, closed } = sendBytes(
      address,
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await once(socket, 'data');
    socket.write('no chunk\r\n');
    expect(statusesIn(await closed)).toEqual([200]);
  });
});

describe('over HTTP/2', () => {
  test.each(Object.keys(EARLY).filter((name) => EARLY[name]?.to !== 'admin'))(
    '%s: the next request is answered, and the stream ends',
    async (name) => {
      const { to, request, fields = '', body = LARGE } = EARLY[name] as Early;
      const [method = '', path = ''] = request.split(' ');
      const session = openHttp2(app[to]);
      const lines = fields.split('\r\n').filter((line) => line !== '');
      const named = lines.map((line) => line.split(': ') as [string, string]);
      const sent = Object.fromEntries(named.map(([field, value]) => [field.toLowerCase(), value]));
      const target = { ':method': method, ':path': path, ':authority': 'localhost' };
      const stream = session.request({ ...sent, ...target }, { endStream: false });
      stream.on('error', () => {}).end(body);
      const [headers] = await once(stream, 'response');
      expect(headers[':status']).toBeGreaterThanOrEqual(200);
      stream.resume();
      await once(stream, 'close');
      expect((await fetchHttp2(session, { path: '/again' })).status).toBeGreaterThanOrEqual(400);
    },
  );

  test('a body that goes on beyond what is read on is stopped, and the answer stays valid', async () => {
    const { baseUrl, finished } = await startListener(
      (_request, response) => void response.end('no'),
      {
        limits: { restMaxBytes: 100_000 },
      },
    );
    const stream = openHttp2(baseUrl).request({ ':method': 'POST' });
    stream.on('error', () => {}).write(Buffer.alloc(1_000_000));
    expect(String(await stream.toArray())).toBe('no');
    await waitFor(() => expect(finished).toMatchObject([{ status: 200 }]));
    expect(stream.rstCode).toBe(0);
  });

  test('a rest of a body that does not come ends the stream', async () => {
    const { baseUrl, finished } = await startListener(
      (_request, response) => void response.end('no'),
      {
        limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
      },
    );
    const stream = openHttp2(baseUrl).request({ ':method': 'POST' });
    stream.on('error', () => {}).write('abc');
    expect(String(await stream.toArray())).toBe('no');
    await waitFor(() => expect(finished).toMatchObject([{ status: 200 }]));
  });
});

test('above the requests that a listener serves at once, the next request is answered as well', async () => {
  const { address } = await startListener(echo, { limits: { inFlightMax: 0 } });
  const { socket, received } = openSocket(`http://${address}`);
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${LARGE.length}\r\n\r\n`);
  socket.write(LARGE);
  await waitFor(() => expect(statusesIn(received())).toEqual([503]));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await waitFor(() => expect(statusesIn(received())).toEqual([503, 503]));
});
