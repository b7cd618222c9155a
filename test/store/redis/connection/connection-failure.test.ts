// Servers that are no Redis, or not in the language that is spoken to them: what is told of them,
// and that ending a connection oneself is not taken for their doing.

import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RedisTarget } from '../../../../src/store/redis/connection/topology.ts';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import { storeOptions } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept, untilRefused } from './refused-calls.ts';

const CONNECTIONS = 4;
const overTls = { tls: { current: () => ({}) } };

/** A server that does this with what it hears first, and counts its connections. */
async function startServer(hear: (socket: Socket) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.once('data', () => hear(socket));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { host: '127.0.0.1', port, connections: () => connections };
}

describe.each<[string, (node: { host: string; port: number }) => RedisTarget]>([
  ['one server', ({ host, port }) => ({ kind: 'standalone', host, port })],
  [
    'a sentinel',
    ({ host, port }) => ({ kind: 'sentinel', name: 'mymaster', sentinels: [{ host, port }] }),
  ],
  ['a server of a cluster', ({ host, port }) => ({ kind: 'cluster', nodes: [{ host, port }] })],
])('%s', (_, targetOf) => {
  it.each([
    [
      'hangs up',
      {},
      (socket: Socket) => socket.end(),
      'it hung up before it answered (ECONNRESET); it may have TLS',
    ],
    [
      'resets the connection',
      {},
      (socket: Socket) => socket.resetAndDestroy(),
      'it hung up before it answered (ECONNRESET); it may have TLS',
    ],
    [
      'hangs up on a handshake',
      overTls,
      (socket: Socket) => socket.end(),
      'it hung up during the TLS handshake (ECONNRESET); it may be that it has no TLS',
    ],
    [
      'answers a handshake with something else',
      overTls,
      (socket: Socket) => socket.end('-ERR unknown command\r\n'),
      'it answers without TLS: the URL must begin with redis, or the port be another',
    ],
  ])('that %s', async (_case, options, hear, reason) => {
    const server = await startServer(hear);
    const store = closing(createRedisStore({ ...storeOptions(targetOf(server)), ...options }));
    expect(await untilRefused(store, reason)).toContain(`127.0.0.1:${server.port}: `);
  });

  it.each([
    ['a command', {}, /^timeout after 150 ms/],
    ['a handshake', overTls, /^no TLS handshake within 150 ms: it hangs, or has no TLS/],
  ])('that never answers %s, time and again, is told of once', async (_case, options, reason) => {
    const server = await startServer(() => {});
    const told: string[] = [];
    closing(
      createRedisStore({
        ...{
          ...storeOptions(targetOf(server)),
          ...options,
          connectTimeoutMs: 150,
          commandTimeoutMs: 150,
        },
        onConnectionError: (failure) => told.push(failure.reason),
      }),
    );
    await until('to be connected to again', () => server.connections() > CONNECTIONS || undefined);
    expect(told).toEqual([expect.stringMatching(reason)]);
  });
});

it('a server that is not reached is not said to have no TLS', async () => {
  const server = kept(await startRedisServer({ settings: { 'tcp-backlog': '1' } }));
  server.pause();
  // More than wait to be let in.
  for (let place = 0; place < CONNECTIONS; place++) {
    const waiting = connect(server.port, server.host).on('error', () => {});
    onTestFinished(() => void waiting.destroy());
  }
  const target = { kind: 'standalone', host: server.host, port: server.port } as const;
  const store = closing(
    createRedisStore({ ...storeOptions(target), ...overTls, connectTimeoutMs: 150 }),
  );
  expect(await untilRefused(store, 'connect ETIMEDOUT')).not.toContain('TLS');
});
