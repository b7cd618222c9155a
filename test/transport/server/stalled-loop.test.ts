// Deadlines that pass while the event loop is blocked: what had arrived by then is read first, and
// answered.

import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FRAME } from '../../fuzz/http2/frame.ts';
import { authorityOfFile } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  END_HEADERS,
  END_STREAM,
  frame,
  framesIn,
  headers,
  PREFACE,
  requestFields,
} from './http2-frames.ts';
import { echo, sendBytes, startListener } from './listener.ts';
import { materialOf, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const authority = authorityOfFile();
const issued = authority.issue('service');

const LIMIT_MS = 500;
const IDLE_MS = 1000;
const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n';

/** Blocks the loop, by default until every limit of these tests has passed. */
function block(forMs = 1.5 * LIMIT_MS): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

const limits = {
  prefaceTimeoutMs: LIMIT_MS,
  handshakeTimeoutMs: LIMIT_MS,
  headersTimeoutMs: LIMIT_MS,
  requestTimeoutMs: LIMIT_MS,
  keepAliveTimeoutMs: 60_000,
  checkIntervalMs: 10,
};

describe('over HTTP/1.1', () => {
  test.each([
    ['nothing', '', GET],
    ['the first bytes', 'PR', `OPFIND${GET.slice(3)}`],
    ['half of the headers', GET.slice(0, 20), GET.slice(20)],
    ['the headers', POST, 'abc'],
    ['half of the body', `${POST}a`, 'bc'],
  ])('a request of which %s had been read is answered', async (_what, first, rest) => {
    const { address, server } = await startListener(echo, { limits });
    const { socket, closed } = sendBytes(address, first);
    await once(socket, 'connect');
    // The server has the connection, and what was sent on it.
    await waitFor(() => expect(socket.bytesWritten).toBe(first.length));
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    await new Promise<void>((resolve) => socket.write(rest, () => resolve()));
    block();
    expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
    server.destroy();
  });

  test('one on a connection that was idle for long is answered', async () => {
    // node:http keeps a connection a second longer than it says.
    const { address } = await startListener(echo, { limits: { ...limits, keepAliveTimeoutMs: 1 } });
    const { socket, closed } = sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.write(GET.replace('GET', 'PUT'));
    const untilMs = performance.now() + 1500;
    while (performance.now() < untilMs);
    expect(await closed).toMatch(/PUT 1\.1 $/);
  });

  test('one that is not complete by then is refused', async () => {
    const { address } = await startListener(echo, { limits });
    const { socket, closed } = sendBytes(address, POST);
    await once(socket, 'connect');
    socket.write('a');
    block();
    expect(await closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('one whose headers came in time, and whose body never does, is refused in the end', async () => {
    const { address } = await startListener(echo, { limits });
    const { socket, closed } = sendBytes(address, POST.slice(0, 20));
    await once(socket, 'connect');
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    socket.write(POST.slice(20));
    block();
    expect(await closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('one that arrives while shutting down begins is answered', async () => {
    const { address, server, finished } = await startListener(echo, {
      limits: { lastRequestMs: 50 },
    });
    const { socket, closed } = sendBytes(address, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await waitFor(() => expect(finished).toHaveLength(1));
    const done = server.shutdown();
    socket.write(GET.replace('GET', 'PUT'));
    block();
    await done;
    expect(await closed).toMatch(/PUT 1\.1 $/);
  });
});

describe('over HTTP/2', () => {
  test.each<[string, Buffer, Buffer]>([
    [
      'the preface',
      PREFACE.subarray(0, 24),
      Buffer.concat([PREFACE.subarray(24), headers(1, requestFields())]),
    ],
    [
      'half of the body',
      Buffer.concat([
        PREFACE,
        headers(1, requestFields('POST'), END_HEADERS),
        frame(0, 0, 1, Buffer.from('a')),
      ]),
      frame(0, END_STREAM, 1, Buffer.from('b')),
    ],
  ])('a request of which %s had been read is answered', async (_what, first, rest) => {
    const { address } = await startListener(echo, { limits });
    const { socket } = sendBytes(address, '');
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    await once(socket, 'connect');
    socket.write(first);
    // The server's own SETTINGS.
    await once(socket, 'data');
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    await new Promise<void>((resolve) => socket.write(rest, () => resolve()));
    block();
    await waitFor(() => {
      const data = framesIn(Buffer.concat(received)).filter(({ type }) => type === 0);
      expect(String(Buffer.concat(data.map(({ payload }) => payload)))).toMatch(/ 2\.0 (ab)?$/);
    });
  });

  test('one on a session that was idle for long is answered, and the session stays open', async () => {
    const { address } = await startListener(echo, { limits: { keepAliveTimeoutMs: IDLE_MS } });
    const { socket } = sendBytes(address, PREFACE);
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    const frames = () => framesIn(Buffer.concat(received));
    const untilAnswered = (streamId: number) =>
      waitFor(() =>
        expect(frames()).toContainEqual(
          expect.objectContaining({ type: FRAME.data, flags: END_STREAM, stream: streamId }),
        ),
      );
    const ask = (streamId: number) =>
      new Promise<void>((resolve) =>
        socket.write(headers(streamId, requestFields()), () => resolve()),
      );
    await ask(1);
    await untilAnswered(1);
    // Timers are the first that run when the loop continues, and reading comes after them.
    await nextTurn();
    await ask(3);
    block(1.5 * IDLE_MS);
    await untilAnswered(3);
    await ask(5);
    await untilAnswered(5);
    // Idle by now, it is told to go, and not before.
    await waitFor(() => expect(frames().at(-1)?.type).toBe(FRAME.goAway));
    const types = frames().map(({ type }) => type);
    expect(types.indexOf(FRAME.goAway)).toBeGreaterThan(types.lastIndexOf(FRAME.data));
  });
});

test('a TLS handshake that ended in time is not one that failed', async () => {
  const { address, failures } = await startTlsListener(echo, materialOf(issued), { limits });
  // The client's last message of the handshake is under way, and the server has not read it.
  const { closed, secured } = sendSecureBytes(address, GET, {
    ca: authority.ca,
    minVersion: 'TLSv1.3',
  });
  await secured;
  block();
  expect(await closed).toMatch(/GET 1\.1 $/);
  expect(failures).toEqual([]);
});
