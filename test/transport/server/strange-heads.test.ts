// Heads of HTTP/1.1 that no ordinary client sends: each is answered by its status, as JSON, and the
// process, its other connections and its counters are as before.

import { describe, expect, test } from 'vitest';
import { authorityOfFile } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createHeldHandler, echo, sendBytes, startListener } from './listener.ts';
import { materialOf, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const authority = authorityOfFile();
const issued = authority.issue('service');

const HOST = 'Host: x\r\n';
const CLOSE = 'Connection: close\r\n';

/** What is sent, and the status that comes back. */
const REFUSED: [sent: string, status: number][] = [
  [`GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
  [`POST / HTTP/2.0\r\n${HOST}Content-Length: 3\r\n\r\nabc`, 505],
  [`GET / HTTP/2.0\r\n${HOST}Expect: 100-continue\r\n\r\n`, 505],
  [`GET / HTTP/0.9\r\n${HOST}\r\n`, 505],
  ['GET /\r\n\r\n', 505],
  [`GET / HTTP/1.2\r\n${HOST}\r\n`, 505],
  [`GET / HTTP/3.0\r\n${HOST}\r\n`, 505],
  ['GET / HTTP/1.1\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
  ['GET http://user@x/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  [`CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`, 405],
  [`POST / HTTP/1.1\r\n${HOST}Expect: the-unexpected\r\nContent-Length: 0\r\n\r\n`, 417],
  [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  [`POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: identity\r\n\r\nabc`, 501],
  [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
  [
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [`POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, 400],
  [`POST / HTTP/1.1\r\n${HOST}Content-Length: +4\r\n\r\nabcd`, 400],
  [`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n`, 400],
  [`GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400],
  [`GET / HTTP/1.1\r\nHost : x\r\n\r\n`, 400],
  [`GET / HTTP/1.1\nHost: x\n\n`, 505],
  [`GET / HTTP/1.1\r\n${HOST}X: \0\r\n\r\n`, 400],
  [`G\u{fffd}T / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['\x16\x03\x01 hello\r\n\r\n', 400],
];

const SERVED: [sent: string, method: string][] = [
  [`GET / HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'GET'],
  ['GET / HTTP/1.0\r\n\r\n', 'GET'],
  [`M-SEARCH * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'M-SEARCH'],
  [`QUERY / HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'QUERY'],
  [`OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'OPTIONS'],
  [`GET / HTTP/1.1\r\n${HOST}Connection: close, upgrade\r\nUpgrade: h2c\r\n\r\n`, 'GET'],
  [`POST / HTTP/1.1\r\n${HOST}${CLOSE}Transfer-Encoding: Chunked\r\n\r\n0\r\nX: y\r\n\r\n`, 'POST'],
  [`GET http://elsewhere HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 'GET'],
];

/** Sends these bytes to a listener of each kind; every answer, and what each counted. */
async function sendToEachKind(sent: string) {
  const refused: string[] = [];
  const options = { onRefused: (reason: string) => refused.push(reason) };
  const both = await startListener(echo, options);
  const http1 = await startListener(echo, { ...options, protocols: 'http1' });
  const secure = await startTlsListener(echo, materialOf(issued), options);
  const answers = await Promise.all([
    sendBytes(both.address, sent).closed,
    sendBytes(http1.address, sent).closed,
    sendSecureBytes(secure.address, sent, { ca: authority.ca }).closed,
  ]);
  const failed = [both, http1, secure].flatMap((listener) => listener.failed);
  return { answers, refused, failed };
}

describe('a head that is refused', () => {
  test.each(REFUSED)('%j is answered %d on every kind of listener', async (sent, status) => {
    const { answers, refused, failed } = await sendToEachKind(sent);
    for (const answer of answers) {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(head).toMatch(/^connection: close$/im);
      expect(JSON.parse(body)).toEqual({
        error: expect.any(String),
        code: expect.any(String),
        reason: status === 405 ? 'method_not_allowed' : 'invalid',
        details: [],
      });
    }
    expect(refused).toHaveLength(3);
    expect(failed).toEqual([]);
  });
});

describe('a head that is unusual', () => {
  test.each(SERVED)('%j is served', async (sent, method) => {
    const { answers, refused } = await sendToEachKind(sent);
    for (const answer of answers)
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 200 .*${method} 1\\.[01] $`, 's'));
    expect(refused).toEqual([]);
  });

  test.each([
    ['http://elsewhere:1/a/b?c=d', '/a/b?c=d', 'elsewhere:1'],
    ['HTTPS://elsewhere?c', '/?c', 'elsewhere'],
    ['http://[::1]:80', '/', '[::1]:80'],
  ])('the target %s is that of %s on that host', async (target, url, host) => {
    const { address } = await startListener((request, response) => {
      response.end(JSON.stringify([request.url, request.headers.host]));
    });
    const { closed } = sendBytes(address, `GET ${target} HTTP/1.1\r\n${HOST}${CLOSE}\r\n`);
    expect(JSON.parse((await closed).split('\r\n\r\n')[1] ?? '')).toEqual([url, host]);
  });

  test('the body that waits for a 100 is asked for, and read', async () => {
    const { address } = await startListener(echo);
    const head = `POST / HTTP/1.1\r\n${HOST}${CLOSE}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`;
    const { socket, closed } = sendBytes(address, head);
    socket.once('data', () => socket.write('abc'));
    expect(await closed).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*POST 1\.1 abc$/s,
    );
  });
});

describe('behind another request on the connection', () => {
  test.each([
    'nonsense\r\n\r\n',
    `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`,
    `GET / HTTP/2.0\r\n${HOST}\r\n`,
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n`,
  ])('%j is refused after the answer to the first', async (second) => {
    const held = createHeldHandler();
    const { address } = await startListener(held.handler);
    const { closed } = sendBytes(address, `GET / HTTP/1.1\r\n${HOST}\r\n${second}`);
    await held.arrived;
    held.release();
    expect(await closed).toMatch(/^HTTP\/1\.1 200 .*answeredHTTP\/1\.1 (400|405|505) /s);
  });

  test('nothing is executed once an answer has closed the connection', async () => {
    const urls: string[] = [];
    const { address } = await startListener((request, response) => {
      urls.push(request.url ?? '');
      response.end();
    });
    const bad = `GET /bad HTTP/1.1\r\n${HOST}${HOST}\r\n`;
    const { closed } = sendBytes(address, `${bad}GET /good HTTP/1.1\r\n${HOST}\r\n`);
    expect((await closed).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(urls).toEqual([]);
  });
});

test('a request that is refused by its head is counted like any other', async () => {
  const started: string[] = [];
  const onStarted = () => void started.push('one');
  const { address, finished } = await startListener(echo, { onStarted });
  await sendBytes(address, `GET / HTTP/2.0\r\n${HOST}\r\n`).closed;
  await waitFor(() => expect(finished).toMatchObject([{ route: 'unmatched', status: 505 }]));
  expect(started).toHaveLength(1);
});
