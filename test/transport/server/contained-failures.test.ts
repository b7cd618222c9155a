// Whatever is thrown for one request, by its handler or by a hook, fails that request alone. An
// exception that got further would end this process, and with it this run.

import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExchangeHooks } from '../../../src/transport/server/http-exchange.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  echo,
  fetchHttp2,
  type NodeHandler,
  openHttp2,
  sendBytes,
  startListener,
} from './listener.ts';

const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);
beforeEach(() => {
  uncaught.length = 0;
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
});

const fail = () => {
  throw new Error('the hook failed');
};
const ask = async (baseUrl: string) => {
  await fetch(baseUrl).then(
    (answer) => answer.text(),
    () => '',
  );
  await fetchHttp2(openHttp2(baseUrl)).catch(() => {});
};

test.each<keyof ExchangeHooks>(['onStarted', 'onFinished'])(
  '%s that throws is reported once for each request',
  async (hook) => {
    const { baseUrl, failed } = await startListener(echo, { [hook]: fail });
    await ask(baseUrl);
    await waitFor(() => expect(failed).toHaveLength(2));
    for (const { error } of failed) expect(error).toMatchObject({ message: 'the hook failed' });
    expect(uncaught).toEqual([]);
  },
);

test('onFailed that throws becomes a warning of the process', async () => {
  const warned = once(process, 'warning');
  const { baseUrl } = await startListener(() => Promise.reject(new Error('the handler failed')), {
    onFailed: fail,
  });
  expect((await fetch(baseUrl)).status).toBe(500);
  expect((await warned)[0]).toMatchObject({ message: 'the hook failed' });
  expect(uncaught).toEqual([]);
});

test('onRefused that throws leaves the refusal as it is', async () => {
  const { address, failed } = await startListener(echo, { onRefused: fail });
  for (const text of ['nonsense\r\n\r\n', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n'])
    await sendBytes(address, text).closed;
  await waitFor(() => expect(failed).toHaveLength(2));
  expect(uncaught).toEqual([]);
});

test.each<[string, NodeHandler]>([
  [
    'fails behind its answer',
    async (_request, response, exchange) => {
      const ended = new Promise<unknown>((resolve) => (exchange.watcher = { ended: resolve }));
      response.end('a');
      await ended;
      throw new Error('behind');
    },
  ],
  [
    'sets a watcher that throws',
    (_request, response, exchange) => {
      exchange.watcher = { ended: fail };
      response.end('a');
    },
  ],
  [
    'answers twice',
    (_request, response) => {
      response.end('a');
      response.end('b');
    },
  ],
])('a handler that %s ends nothing', async (_what, handler) => {
  const { baseUrl, failed } = await startListener(handler);
  await ask(baseUrl);
  await waitFor(() => expect(failed.length).toBeGreaterThan(0));
  expect(uncaught).toEqual([]);
});
