// HTTP/2 clients that send what costs a server more than them, frame by frame.

import { expect, test } from 'vitest';
import type { ClientCut } from '../../../src/transport/server/http-exchange.ts';
import { FRAME } from '../../fuzz/http2/frame.ts';
import { waitFor } from '../../support/wait-for.ts';
import { END_HEADERS, END_STREAM, frame, numbered, PREFACE } from './http2-frames.ts';
import { echo, fetchHttp2, openHttp2, sendBytes, startListener } from './listener.ts';

const UNKNOWN = 0x77;

/** `POST http://a/`, as HPACK has it. */
const POST = Buffer.from([0x83, 0x84, 0x86, 0x41, 1, 0x61]);
const CANCEL = 8;

const streamOf = (index: number) => 2 * index + 1;

const FLOODS: [string, { of: (index: number) => Buffer; isRead?: boolean }][] = [
  [
    'requests that are reset at once',
    {
      of: (index) =>
        Buffer.concat([
          frame(FRAME.headers, END_HEADERS | END_STREAM, streamOf(index), POST),
          numbered(FRAME.resetStream, streamOf(index), CANCEL),
        ]),
    },
  ],
  [
    'headers that never end',
    {
      of: (index) =>
        index === 0 ? frame(FRAME.headers, 0, 1, POST) : frame(FRAME.continuation, 0, 1),
    },
  ],
  [
    'requests above the limit',
    { of: (index) => frame(FRAME.headers, END_HEADERS, streamOf(index), POST) },
  ],
  [
    'PINGs whose answers are not read',
    { of: () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)), isRead: false },
  ],
  ['SETTINGS whose answers are not read', { of: () => frame(FRAME.settings, 0, 0), isRead: false }],
  [
    'priorities of nothing',
    { of: () => frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 0, 1])) },
  ],
  ['frames that nobody knows', { of: () => frame(UNKNOWN, 0, 0) }],
];

test.each(FLOODS)(
  '%s end the connection, are counted, and disturb no other client',
  async (_name, flood) => {
    const cuts: ClientCut[] = [];
    const { address, baseUrl, failed } = await startListener(echo, {
      onClientCut: (cut) => cuts.push(cut),
    });
    const other = openHttp2(baseUrl);
    const { socket, closed } = sendBytes(address, '');
    if (flood.isRead === false) socket.pause();
    socket.write(PREFACE);
    for (let index = 0; cuts.length === 0 && index < 1_000_000; index += 100) {
      const batch = Buffer.concat(Array.from({ length: 100 }, (_, each) => flood.of(index + each)));
      if (socket.destroyed || socket.write(batch)) continue;
      await new Promise((resolve) => {
        socket.once('drain', resolve);
        socket.once('close', resolve);
      });
    }
    await waitFor(() => expect(cuts).toEqual([{ cause: 'http2_frames', peer: '127.0.0.1' }]));
    socket.resume();
    await closed;
    expect((await fetchHttp2(other, { body: 'still served' })).body).toBe('POST 2.0 still served');
    expect(failed).toEqual([]);
  },
);

test('a client that gives up a hundred requests at once, ten times, is served on', async () => {
  const cuts: ClientCut[] = [];
  const { baseUrl } = await startListener(
    async (request, response) => {
      await request.toArray();
      response.end('answered');
    },
    { onClientCut: (cut) => cuts.push(cut) },
  );
  const session = openHttp2(baseUrl);
  expect((await fetchHttp2(session)).status).toBe(200);
  for (let round = 0; round < 10; round++) {
    const streams = Array.from({ length: 100 }, () => session.request({ ':method': 'POST' }));
    for (const stream of streams) {
      stream.on('error', () => {}).write('x');
      stream.close(8);
    }
    expect((await fetchHttp2(session)).status).toBe(200);
  }
  expect(cuts).toEqual([]);
});
