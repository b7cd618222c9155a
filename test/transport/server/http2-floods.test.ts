// HTTP/2 clients that send what costs a server more than them, frame by frame.

import { expect, test } from 'vitest';
import type { ClientCut } from '../../../src/transport/server/http-exchange.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo, fetchHttp2, openHttp2, sendBytes, startListener } from './listener.ts';

const HEADERS = 1;
const PRIORITY = 2;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const CONTINUATION = 9;
const UNKNOWN = 0x77;
const END_STREAM = 1;
const END_HEADERS = 4;

/** `POST http://a/`, as HPACK has it. */
const POST = Buffer.from([0x83, 0x84, 0x86, 0x41, 1, 0x61]);
const CANCEL = Buffer.from([0, 0, 0, 8]);

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const streamOf = (index: number) => 2 * index + 1;

const FLOODS: [string, { of: (index: number) => Buffer; isRead?: boolean }][] = [
  [
    'requests that are reset at once',
    {
      of: (index) =>
        Buffer.concat([
          frame(HEADERS, END_HEADERS | END_STREAM, streamOf(index), POST),
          frame(RST_STREAM, 0, streamOf(index), CANCEL),
        ]),
    },
  ],
  [
    'headers that never end',
    { of: (index) => (index === 0 ? frame(HEADERS, 0, 1, POST) : frame(CONTINUATION, 0, 1)) },
  ],
  [
    'requests above the limit',
    { of: (index) => frame(HEADERS, END_HEADERS, streamOf(index), POST) },
  ],
  [
    'PINGs whose answers are not read',
    { of: () => frame(PING, 0, 0, Buffer.alloc(8)), isRead: false },
  ],
  ['SETTINGS whose answers are not read', { of: () => frame(SETTINGS, 0, 0), isRead: false }],
  ['priorities of nothing', { of: () => frame(PRIORITY, 0, 1, Buffer.from([0, 0, 0, 0, 1])) }],
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
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0)]),
    );
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
