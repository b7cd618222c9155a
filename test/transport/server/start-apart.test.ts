// Many requests that come at once: what is between the starts of two of them.

import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createStartApart } from '../../../src/transport/server/start-apart.ts';
import { waitFor } from '../../support/wait-for.ts';
import { sendBytes, startListener } from './listener.ts';

const TOGETHER_MAX = 8;
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

test('the event loop takes a turn after every few starts, and all are started', async () => {
  const turn = createStartApart();
  const starts: number[] = [];
  let turns = 0;
  const start = async () => {
    await turn();
    starts.push(turns);
  };
  const all = Promise.all(Array.from({ length: 100 }, start));
  while (starts.length < 100) {
    await nextTurn();
    turns += 1;
  }
  await all;
  const inOneTurn = Array.from(
    { length: turns },
    (_, each) => starts.filter((at) => at === each).length,
  );
  // Those at once, and the first of those that wait, are before the first turn ends.
  expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(2 * TOGETHER_MAX + 1);
  expect(inOneTurn.filter((count) => count > 0).length).toBeGreaterThan(10);
  // And the next ones are started like the first.
  expect(turn()).toBeUndefined();
});

test('requests behind each other are not worked on any more once their connection is cut', async () => {
  let started = 0;
  const { address, finished } = await startListener(async (request, response) => {
    started += 1;
    if (started === 20) (request as unknown as IncomingMessage).socket.destroy();
    response.end('x'.repeat(1000));
  });
  const { closed } = sendBytes(address, GET.repeat(500));
  await closed;
  await waitFor(() => expect(finished).toHaveLength(500));
  expect(started).toBeLessThanOrEqual(20 + TOGETHER_MAX);
});

test('another client is served before all requests of one are', async () => {
  let ofOne = 0;
  const { address } = await startListener(async (request, response) => {
    if (request.url === '/other') return void response.end(`after ${ofOne}`);
    ofOne += 1;
    const untilMs = performance.now() + 2;
    while (performance.now() < untilMs);
    response.end('one');
  });
  const other = sendBytes(address, '');
  await new Promise((resolve) => other.socket.once('connect', resolve));
  const one = sendBytes(address, GET.repeat(300));
  await waitFor(() => expect(ofOne).toBeGreaterThan(0));
  other.socket.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [, after] = /after (\d+)/.exec(await other.closed) ?? [];
  expect(Number(after)).toBeGreaterThan(0);
  expect(Number(after)).toBeLessThan(200);
  one.socket.destroy();
});
