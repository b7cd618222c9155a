// Frames of HTTP/2 that no ordinary client sends: the stream or the connection may end, nothing
// else does.

import { connect } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import {
  END_HEADERS,
  END_STREAM,
  fieldBlock,
  frame,
  framesIn,
  headers,
  numbered,
  PREFACE,
  requestFields,
} from './http2-frames.ts';
import { echo, fetchHttp2, openHttp2, startListener } from './listener.ts';

const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);
beforeEach(() => {
  uncaught.length = 0;
  process.on('uncaughtException', note);
});
afterEach(() => {
  process.off('uncaughtException', note);
});

const RESET = numbered(3, 1, 8);
const GOAWAY = frame(7, 0, 0, Buffer.alloc(8));
const PING = frame(6, 0, 0, Buffer.alloc(8));
const many = (count: number, one: (place: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, place) => one(place)));
const withBody = (fields: [string, string][]) => headers(1, fields, END_HEADERS);

/** Sends frames on a connection; the socket, and what came back so far. */
async function sendFrames(frames: Buffer) {
  const listener = await startListener(echo);
  const [host = '', port] = listener.address.split(':');
  const socket = connect(Number(port), host).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.write(Buffer.concat([PREFACE, frames]));
  return { ...listener, socket, answered: () => framesIn(Buffer.concat(received)) };
}

test.each<[string, Buffer]>([
  ['a request that is reset at once', Buffer.concat([headers(1, requestFields()), RESET])],
  [
    'one that waits for a 100 and is reset',
    Buffer.concat([withBody([...requestFields('POST'), ['expect', '100-continue']]), RESET]),
  ],
  [
    'one with an unknown expectation that is reset',
    Buffer.concat([withBody([...requestFields('POST'), ['expect', 'x']]), RESET]),
  ],
  [
    'CONNECT that is reset',
    Buffer.concat([
      withBody([
        [':method', 'CONNECT'],
        [':authority', 'a:1'],
      ]),
      RESET,
    ]),
  ],
  [
    'a body that is reset',
    Buffer.concat([withBody(requestFields('POST')), frame(0, 0, 1, Buffer.from('a')), RESET]),
  ],
  ['a request behind GOAWAY', Buffer.concat([GOAWAY, headers(1, requestFields())])],
  ['GOAWAY behind a request', Buffer.concat([headers(1, requestFields()), GOAWAY])],
  [
    'resets, thousands',
    many(5000, (n) =>
      Buffer.concat([headers(2 * n + 1, requestFields()), numbered(3, 2 * n + 1, 8)]),
    ),
  ],
  ['PING, thousands', many(20_000, () => PING)],
  ['SETTINGS, thousands', many(20_000, () => frame(4, 0, 0))],
  ['GOAWAY, thousands', many(20_000, () => GOAWAY)],
  ['PRIORITY, thousands', many(20_000, (n) => frame(2, 0, 2 * n + 1, Buffer.alloc(5)))],
  [
    'empty DATA, thousands',
    Buffer.concat([withBody(requestFields('POST')), many(20_000, () => frame(0, 0, 1))]),
  ],
  [
    'CONTINUATION without end',
    Buffer.concat([
      frame(1, 0, 1, fieldBlock(requestFields())),
      many(2000, (n) => frame(9, 0, 1, fieldBlock([[`x${n}`, 'y'.repeat(100)]]))),
    ]),
  ],
  ['a stream of an even number', headers(2, requestFields())],
  [
    'another frame within headers',
    Buffer.concat([frame(1, 0, 1, fieldBlock(requestFields())), PING]),
  ],
  [
    'a window that overflows',
    Buffer.concat([withBody(requestFields('POST')), numbered(8, 1, 0x7fff_ffff)]),
  ],
  [
    'a window that grows by nothing',
    Buffer.concat([withBody(requestFields('POST')), numbered(8, 1, 0)]),
  ],
  ['a frame that is too large', frame(0, 0, 1, Buffer.alloc(70_000))],
  [
    'a stream that depends on itself',
    frame(1, 0x25, 1, Buffer.concat([Buffer.from([0, 0, 0, 1, 1]), fieldBlock(requestFields())])),
  ],
  ['PUSH_PROMISE', frame(5, 4, 1, Buffer.from([0, 0, 0, 2]))],
  ['broken HPACK', frame(1, 5, 1, Buffer.alloc(5, 0xff))],
  [
    'fewer bytes than content-length',
    Buffer.concat([
      withBody([...requestFields('POST'), ['content-length', '5']]),
      frame(0, END_STREAM, 1, Buffer.from('abc')),
    ]),
  ],
])('%s: others are served, and nothing fails', async (_what, frames) => {
  const { baseUrl, failed, server } = await sendFrames(frames);
  expect(await fetchHttp2(openHttp2(baseUrl), { body: 'abc' })).toMatchObject({ status: 200 });
  expect(failed).toEqual([]);
  expect(uncaught).toEqual([]);
  // Nothing is left in flight.
  server.destroy();
  await server.finished;
});

test.each<[string, [string, string][]]>([
  ['no :path', requestFields().slice(0, 3)],
  ['a pseudo-header that there is not', [...requestFields(), [':foo', 'x']]],
  ['a pseudo-header twice', [...requestFields(), [':path', '/x']]],
  ['a pseudo-header behind others', [...requestFields().slice(0, 3), ['x', 'y'], [':path', '/']]],
  [
    ':protocol',
    [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'a'],
    ],
  ],
  ['a path with a blank', requestFields('GET', 'x y')],
  ['a name in capitals', [...requestFields(), ['Foo', 'x']]],
  ['connection', [...requestFields(), ['connection', 'close']]],
  ['transfer-encoding', [...requestFields(), ['transfer-encoding', 'chunked']]],
  ['two hosts', [...requestFields(), ['host', 'a'], ['host', 'b']]],
])('a request with %s is reset', async (_what, fields) => {
  const { answered, failed } = await sendFrames(headers(1, fields));
  await waitFor(() =>
    expect(answered().map(({ type, stream }) => [type, stream])).toContainEqual([3, 1]),
  );
  expect(failed).toEqual([]);
});

test.each<[string, Buffer, number, string]>([
  [
    'CONNECT',
    headers(1, [
      [':method', 'CONNECT'],
      [':authority', 'a:1'],
    ]),
    405,
    'method_not_allowed',
  ],
  [
    'an unknown expectation',
    headers(1, [...requestFields('POST'), ['expect', 'x']]),
    417,
    'invalid',
  ],
  [
    'another host than :authority',
    headers(1, [...requestFields(), ['host', 'elsewhere']]),
    400,
    'invalid',
  ],
])('%s is refused as JSON', async (_what, frames, status, reason) => {
  const { answered, finished } = await sendFrames(frames);
  const body = await waitFor(() =>
    JSON.parse(
      String(
        Buffer.concat(
          answered()
            .filter(({ type }) => type === 0)
            .map(({ payload }) => payload),
        ),
      ),
    ),
  );
  expect(body).toMatchObject({ reason, details: [] });
  await waitFor(() => expect(finished).toMatchObject([{ status }]));
});
