import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CLIENT_GONE_STATUS } from '../../../src/transport/server/http-exchange.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  createHeldHandler,
  echo,
  fetchHttp2,
  openHttp2,
  sendBytes,
  startListener,
} from './listener.ts';

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
    expect(await (await fetch(baseUrl, { method: 'POST', body: 'abc' })).text()).toBe(
      'POST 1.1 abc',
    );
    await expect(fetchHttp2(openHttp2(baseUrl))).rejects.toThrow();
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
    const report = { route: '/failing', error: { message: 'secret' } };
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
    await waitFor(() => expect(finished).toHaveLength(2));
    expect(started).toBe(2);
    expect(finished).toMatchObject([
      { route: '/things', status: 418 },
      { route: '/things', status: 418 },
    ]);
  });

  test('a client that leaves within its body is no failure of the handler', async () => {
    const { address, baseUrl, finished, failed } = await startListener(echo);
    const { socket } = sendBytes(
      address,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc',
    );
    const stream = openHttp2(baseUrl).request({ ':method': 'POST' });
    stream.write('abc');
    await Promise.all([once(socket, 'connect'), once(stream, 'ready')]);
    socket.end();
    stream.close(8);
    await waitFor(() => expect(finished).toHaveLength(2));
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
    await waitFor(() => expect(finished).toMatchObject([{ status: CLIENT_GONE_STATUS }]));
    held.release();
  });
});
