import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLIENT_GONE_STATUS } from '../../../src/transport/server/http-exchange.ts';
import { FLAG, FRAME } from '../../fuzz/http2/frame.ts';
import { waitFor } from '../../support/wait-for.ts';
import { frame, framesIn, headers, PREFACE, requestFields } from './http2-frames.ts';
import {
  createHeldHandler,
  echo,
  fetchHttp2,
  openHttp2,
  openTimeOf,
  sendBytes,
  startListener,
} from './listener.ts';

const PROTOCOL_ERROR = 1;

describe('limits', () => {
  test.each(['', 'P', 'PRI'])(
    'a client that sends nothing more than "%s" is dropped',
    async (text) => {
      const { address } = await startListener(echo, { limits: { prefaceTimeoutMs: 50 } });
      const { socket, closed } = sendBytes(address, text);
      const openForMs = await openTimeOf(socket);
      expect(await closed).toBe('');
      expect(openForMs).toBeGreaterThan(0.8 * 50);
    },
  );

  test('a client that leaves before its protocol is known leaves nothing behind', async () => {
    const { address, server, finished, failed } = await startListener(echo);
    const { socket, closed } = sendBytes(address, 'PR');
    await once(socket, 'connect');
    socket.end();
    expect(await closed).toBe('');
    await server.shutdown();
    expect([finished, failed]).toEqual([[], []]);
  });

  test('an HTTP/2 client that never completes its preface is dropped', async () => {
    const { address } = await startListener(echo, { limits: { headersTimeoutMs: 50 } });
    const sent = sendBytes(address, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const openForMs = await openTimeOf(sent.socket);
    // Its settings, and nothing that says what was wrong.
    expect(await sent.closed).not.toMatch(/HTTP\/1/);
    expect(openForMs).toBeGreaterThan(0.8 * 50);
  });

  test('an HTTP/2 client without requests is told to go', async () => {
    const { baseUrl } = await startListener(echo, { limits: { keepAliveTimeoutMs: 50 } });
    const session = openHttp2(baseUrl);
    // On a busy machine they may come as soon as the answer.
    const gone = [once(session, 'goaway'), once(session, 'close')];
    expect((await fetchHttp2(session)).status).toBe(200);
    await Promise.all(gone);
  });

  test('an HTTP/2 client is told how many requests it may have at once, and held to it', async () => {
    const arrived: string[] = [];
    const held = Promise.withResolvers<void>();
    const { address, baseUrl } = await startListener(
      ({ url }) => {
        arrived.push(url ?? '');
        return held.promise;
      },
      { limits: { streamsMax: 2 } },
    );
    const session = openHttp2(baseUrl);
    await once(session, 'remoteSettings');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(2);

    const { socket } = sendBytes(address, PREFACE);
    const received: Buffer[] = [];
    const heard = (type: number) =>
      framesIn(Buffer.concat(received)).filter((one) => one.type === type);
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    await waitFor(() => expect(heard(FRAME.settings)).not.toEqual([]));
    socket.write(frame(FRAME.settings, FLAG.acknowledge, 0));
    for (const stream of [1, 3]) socket.write(headers(stream, requestFields('GET', `/${stream}`)));
    await waitFor(() => expect(arrived).toEqual(['/1', '/3']));
    expect(heard(FRAME.goAway)).toEqual([]);
    // It has acknowledged what it now breaks.
    socket.write(headers(5, requestFields('GET', '/5')));
    await waitFor(() => expect(heard(FRAME.goAway)).toHaveLength(1));
    expect(heard(FRAME.goAway)[0]?.payload.readUInt32BE(4)).toBe(PROTOCOL_ERROR);
    expect(arrived).toEqual(['/1', '/3']);
    held.resolve();
  });

  test('slow headers are cut with 408 and a JSON error', async () => {
    const { address } = await startListener(echo, { limits: { headersTimeoutMs: 50 } });
    const answer = await sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n').closed;
    expect(answer).toMatch(
      /^HTTP\/1\.1 408 .*"code":"invalid_argument","reason":"invalid","details":\[\]}$/s,
    );
  });

  test('a slow body over HTTP/1.1 is cut with 408', async () => {
    const { address, finished, failed } = await startListener(echo, {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n';
    expect(await sendBytes(address, `${head}abc`).closed).toMatch(/^HTTP\/1\.1 408 /);
    await waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
    expect(failed).toEqual([]);
  });

  test('a slow body over HTTP/2 is cut; a slow answer is not', async () => {
    const held = createHeldHandler();
    const { baseUrl, finished } = await startListener(
      (request, response, exchange) =>
        request.url === '/held'
          ? held.handler(request, response, exchange)
          : echo(request, response, exchange),
      { limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 } },
    );
    const session = openHttp2(baseUrl);
    const answer = fetchHttp2(session, { path: '/held', body: 'abc' });
    await held.arrived;
    const slow = session.request({ ':path': '/', ':method': 'POST' });
    slow.write('abc');
    await once(slow, 'close');
    expect(slow.rstCode).toBe(8);
    await waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
    held.release();
    expect((await answer).status).toBe(200);
  });

  test.each(['at once', 'within it'])(
    'an HTTP/2 client whose body is answered %s can send the rest, and is done',
    async (when) => {
      const { baseUrl, finished } = await startListener(async (request, response) => {
        const chunks = request.iterator({ destroyOnReturn: false });
        if (when === 'within it') for await (const _chunk of chunks) break;
        response.end('no');
      });
      const stream = openHttp2(baseUrl).request({ ':method': 'POST' });
      stream.on('error', () => {}).end(Buffer.alloc(1024 * 1024));
      expect(String(await stream.toArray())).toBe('no');
      await waitFor(() => expect(finished).toMatchObject([{ status: 200 }]));
    },
  );

  test('a stream over HTTP/2 may outlast the times for a body and for an answer', async () => {
    const { baseUrl } = await startListener(
      async (request, response) => {
        if (request.url === '/talk') response.write('begun ');
        response.end(Buffer.concat(await request.toArray()));
      },
      { limits: { headersTimeoutMs: 50, requestTimeoutMs: 60, answerTimeoutMs: 60 } },
    );
    const session = openHttp2(baseUrl);
    const talk = session.request({ ':path': '/talk', ':method': 'POST' });
    await once(talk, 'response');
    // A younger request without an answer is cut; by then the older one would have been.
    const silent = session.request({ ':path': '/silent', ':method': 'POST' });
    silent.write('x');
    await once(silent, 'close');
    talk.end('ended');
    expect((await talk.setEncoding('utf8').toArray()).join('')).toBe('begun ended');
  });

  test('a client that does not take its answer is cut', async () => {
    const { address, baseUrl, finished } = await startListener(
      (_request, response) => void response.end(Buffer.alloc(16 * 1024 * 1024)),
      { limits: { answerTimeoutMs: 60 } },
    );
    const { socket, closed } = sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    const stream = openHttp2(baseUrl).request();
    await waitFor(() => expect(finished.map(({ status }) => status)).toEqual([499, 499]));
    stream.close();
    socket.resume();
    await closed;
  });

  test('an HTTP/2 client that closes its connection within an answer holds nothing', async () => {
    const { baseUrl, server, finished } = await startListener((_request, response) => {
      response.end(Buffer.alloc(16 * 1024 * 1024));
    });
    const session = openHttp2(baseUrl);
    await once(session.request(), 'response');
    session.destroy();
    await waitFor(() => expect(finished).toHaveLength(1));
    await server.shutdown();
  });

  test.each([1, 400])(
    'headers larger than the limit, %s-fold, are refused with 431 and a JSON error',
    async (fold) => {
      const { address } = await startListener(echo);
      const header = `X-Large: ${'x'.repeat(fold * 16 * 1024)}\r\n`;
      const answer = await sendBytes(address, `GET / HTTP/1.1\r\nHost: x\r\n${header}\r\n`).closed;
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 431 /);
      expect(JSON.parse(body)).toEqual({
        error: 'The headers exceed 16384 bytes. Send fewer or shorter headers.',
        code: 'resource_exhausted',
        reason: 'too_large',
        details: [],
      });
    },
  );

  test('headers larger than the limit end an HTTP/2 request alone', async () => {
    const { baseUrl } = await startListener(echo);
    const session = openHttp2(baseUrl);
    // The limit holds from the moment the client has acknowledged it.
    expect((await fetchHttp2(session)).status).toBe(200);
    const large = session.request({ ':path': '/', 'x-large': 'x'.repeat(20_000) });
    await expect(once(large, 'close')).rejects.toThrow();
    expect(large.rstCode).toBe(11);
    expect((await fetchHttp2(session)).status).toBe(200);
  });

  test('what is no HTTP is refused with 400 and a JSON error', async () => {
    const { address } = await startListener(echo);
    expect(await sendBytes(address, 'hello\r\n\r\n').closed).toMatch(
      /^HTTP\/1\.1 400 .*"invalid_argument"/s,
    );
  });

  test('a client that is refused and does not close is cut, and makes room for the next', async () => {
    const { address, baseUrl } = await startListener(echo, {
      limits: { headersTimeoutMs: 50, connectionsMax: 1 },
    });
    const [host = '', port] = address.split(':');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.write('GET / HTTP/1.1\r\n');
    await once(socket, 'connect');
    await expect(fetch(baseUrl)).rejects.toThrow();
    await once(socket.resume(), 'end');
    await waitFor(async () => expect((await fetch(baseUrl)).status).toBe(200));
  });

  test('requests above the limit in flight are refused with 503, until one is answered', async () => {
    const held = createHeldHandler();
    const { baseUrl } = await startListener(held.handler, { limits: { inFlightMax: 1 } });
    const first = fetch(baseUrl);
    await held.arrived;
    const second = await fetch(baseUrl);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(await second.json()).toMatchObject({ code: 'unavailable', details: [] });
    held.release();
    expect(await (await first).text()).toBe('answered');
    expect((await fetch(baseUrl)).status).toBe(200);
  });
});
