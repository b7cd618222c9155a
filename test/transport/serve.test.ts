import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CLIENT_GONE_STATUS } from '../../src/transport/http-exchange.ts';
import { createHeldHandler, echo, fetchHttp2, openHttp2, sendBytes, startListener } from './listener.ts';

describe('protocols', () => {
  test('one port answers HTTP/1.1 and HTTP/2', async () => {
    const { baseUrl } = await startListener(echo);
    const http1 = await fetch(baseUrl, { method: 'POST', body: 'abc' });
    expect(await http1.text()).toBe('POST 1.1 abc');
    expect(await fetchHttp2(openHttp2(baseUrl), { body: 'abc' })).toEqual({
      status: 200,
      body: 'POST 2.0 abc',
    });
  });

  test('the first bytes may come one at a time', async () => {
    const { address } = await startListener(echo);
    for (const method of ['POST', 'PRIVATE']) {
      const { socket, closed } = sendBytes(address, '');
      socket.setNoDelay(true);
      for (const byte of `${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\na`) {
        await new Promise<void>((resolve) => socket.write(byte, () => resolve()));
      }
      expect(await closed).toMatch(method === 'POST' ? /POST 1\.1 a$/ : /^HTTP\/1\.1 400 /);
    }
  });

  test('a listener for HTTP/1.1 alone does not answer HTTP/2', async () => {
    const { baseUrl } = await startListener(echo, { protocols: 'http1' });
    expect(await (await fetch(baseUrl, { method: 'POST', body: 'abc' })).text()).toBe('POST 1.1 abc');
    await expect(fetchHttp2(openHttp2(baseUrl))).rejects.toThrow();
  });
});

describe('limits', () => {
  test.each(['', 'P', 'PRI'])('a client that sends nothing more than "%s" is dropped', async (text) => {
    const { address } = await startListener(echo, { limits: { prefaceTimeoutMs: 50 } });
    expect(await sendBytes(address, text).closed).toBe('');
  });

  test('a client that leaves before its protocol is known leaves nothing behind', async () => {
    const { address, server } = await startListener(echo);
    const { socket } = sendBytes(address, 'PR');
    await once(socket, 'connect');
    socket.end();
    await once(socket, 'close');
    await server.shutdown();
  });

  test('an HTTP/2 client that never completes its preface is dropped', async () => {
    const { address } = await startListener(echo, { limits: { headersTimeoutMs: 50 } });
    await sendBytes(address, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').closed;
  });

  test('an HTTP/2 client without requests is told to go', async () => {
    const { baseUrl } = await startListener(echo, { limits: { keepAliveTimeoutMs: 50 } });
    const session = openHttp2(baseUrl);
    expect((await fetchHttp2(session)).status).toBe(200);
    await once(session, 'goaway');
    await once(session, 'close');
  });

  test('slow headers are cut with 408 and a JSON error', async () => {
    const { address } = await startListener(echo, { limits: { headersTimeoutMs: 50 } });
    const answer = await sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n').closed;
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*"code":"invalid_argument","details":\[\]}$/s);
  });

  test('a slow body over HTTP/1.1 is cut with 408', async () => {
    const { address, finished, failed } = await startListener(echo, {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60 },
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n';
    expect(await sendBytes(address, `${head}abc`).closed).toMatch(/^HTTP\/1\.1 408 /);
    await vi.waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
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
    await vi.waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
    held.release();
    expect((await answer).status).toBe(200);
  });

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
    await vi.waitFor(() => expect(finished.map(({ status }) => status)).toEqual([499, 499]));
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
    await vi.waitFor(() => expect(finished).toHaveLength(1));
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
    expect(await sendBytes(address, 'hello\r\n\r\n').closed).toMatch(/^HTTP\/1\.1 400 .*"invalid_argument"/s);
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
    await vi.waitFor(async () => expect((await fetch(baseUrl)).status).toBe(200), { timeout: 5_000 });
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

describe('handlers', () => {
  test('what a handler throws or rejects with is answered 500 without its words, and reported', async () => {
    const { baseUrl, failed } = await startListener((request, _response, exchange) => {
      exchange.route = '/failing';
      if (request.url === '/throw') throw new Error('secret');
      return Promise.reject(new Error('secret'));
    });
    for (const path of ['/throw', '/reject']) {
      const answer = await fetch(baseUrl + path);
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toContain('secret');
    }
    const report = { listener: 'test', route: '/failing', error: { message: 'secret' } };
    expect(failed).toMatchObject([report, report]);
  });

  test('a handler that fails after it began to answer leaves no answer that looks whole', async () => {
    const { baseUrl, failed } = await startListener((_request, response) => {
      response.writeHead(200);
      response.write('half');
      throw new Error('half done');
    });
    await expect(fetch(baseUrl).then((answer) => answer.text())).rejects.toThrow();
    await expect(fetchHttp2(openHttp2(baseUrl))).rejects.toThrow();
    expect(failed).toHaveLength(2);
  });

  test('each request is counted when it comes and when it ends, with route and status', async () => {
    let started = 0;
    const { baseUrl, finished } = await startListener(
      (_request, response, exchange) => {
        exchange.route = '/things';
        response.writeHead(418);
        response.end();
      },
      {
        onStarted: () => {
          started += 1;
        },
      },
    );
    await fetch(baseUrl);
    await fetchHttp2(openHttp2(baseUrl));
    await vi.waitFor(() => expect(finished).toHaveLength(2));
    expect(started).toBe(2);
    expect(finished).toMatchObject([
      { listener: 'test', route: '/things', status: 418 },
      { listener: 'test', route: '/things', status: 418 },
    ]);
  });

  test('a client that leaves within its body is no failure of the handler', async () => {
    const { address, baseUrl, finished, failed } = await startListener(echo);
    const { socket } = sendBytes(address, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
    const stream = openHttp2(baseUrl).request({ ':method': 'POST' });
    stream.write('abc');
    await Promise.all([once(socket, 'connect'), once(stream, 'ready')]);
    socket.end();
    stream.close(8);
    await vi.waitFor(() => expect(finished).toHaveLength(2));
    // The body's reader fails in the same turn of the loop at the latest.
    await new Promise((resolve) => setImmediate(resolve));
    expect(failed).toEqual([]);
  });

  test('a client that leaves before its answer is counted as gone', async () => {
    const held = createHeldHandler();
    const { address, finished } = await startListener(held.handler);
    const { socket } = sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await held.arrived;
    socket.destroy();
    await vi.waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
    held.release();
  });
});
