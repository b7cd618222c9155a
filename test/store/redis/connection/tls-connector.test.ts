// What a TLS server is told and asked when the store connects: whom it is taken for, and by whom.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tlsClientOptions } from '../../../../src/store/redis/connection/tls-connector.ts';
import type { RedisTarget } from '../../../../src/store/redis/connection/topology.ts';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { authorityOfFile, authorityOfTest } from '../../../support/certificates.ts';
import { storeOptions } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, untilRefused } from './refused-calls.ts';

/** Enough to be of every kind: those for commands, those that ask a cluster for its map, those
 * made again. */
const CONNECTIONS = 3;

const authority = authorityOfFile();

/** A server that remembers from which ports it was reached and what was asked for, and hangs up. */
async function startListening() {
  const reachedFrom: (number | undefined)[] = [];
  const asked: (string | false | null)[] = [];
  const { cert, key } = authority.issue('server', { names: ['store.test'] });
  const server = createServer({ cert, key }, (socket: TLSSocket) => {
    socket.on('error', () => {});
    asked.push(socket.servername);
    socket.end();
  });
  server.on('connection', ({ remotePort }: Socket) => reachedFrom.push(remotePort));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { asked, port, reachedFrom };
}

function storeAt(target: RedisTarget, tlsServerName = '') {
  const tls = { current: () => ({ ca: authority.ca }) };
  return closing(createRedisStore({ ...storeOptions(target), tls, tlsServerName }));
}

describe.each<[string, (host: string, port: number) => RedisTarget]>([
  ['one server', (host, port) => ({ kind: 'standalone', host, port })],
  [
    'a sentinel',
    (host, port) => ({ kind: 'sentinel', name: 'mymaster', sentinels: [{ host, port }] }),
  ],
  ['a server of a cluster', (host, port) => ({ kind: 'cluster', nodes: [{ host, port }] })],
])('%s', (_, targetOf) => {
  it.each([
    ['its host, where that is a name', 'localhost', '', 'localhost'],
    ['no name, where its host is an address', '127.0.0.1', '', false],
    ['the configured name', '127.0.0.1', 'store.test', 'store.test'],
    ['no name, where the configured one is an address', 'localhost', '127.0.0.1', false],
  ])('is asked for by %s', async (_case, host, tlsServerName, expected) => {
    const { asked, port } = await startListening();
    storeAt(targetOf(host, port), tlsServerName);
    await until('connections', () => asked.length >= CONNECTIONS || undefined, 5000);
    expect(new Set(asked)).toEqual(new Set([expected]));
  });

  it('is left alone by a client that is closed in the turn in which it was made', async () => {
    const { port, reachedFrom } = await startListening();
    storeAt(targetOf('127.0.0.1', port)).close();
    await new Promise(setImmediate);
    // Connections are accepted in the order in which they were asked for, and this is one more.
    const next = connect(port, '127.0.0.1');
    onTestFinished(() => void next.destroy());
    await once(next, 'connect');
    await until('it', () => reachedFrom.includes(next.localPort) || undefined);
    expect(reachedFrom).toEqual([next.localPort]);
  });

  it('is verified also where Node is told to verify nobody', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { asked, port } = await startListening();
    const stranger = authorityOfTest();
    const tls = { current: () => ({ ca: stranger.ca }) };
    const store = closing(createRedisStore({ ...storeOptions(targetOf('127.0.0.1', port)), tls }));
    await untilRefused(store, 'its certificate is not trusted');
    expect(asked).toEqual([]);
  });
});

it('a connection that fails twice, as one may that is given up during its handshake, ends no process', async () => {
  const { port } = await startListening();
  const tls = { current: () => ({ ca: authority.ca }) };
  const client = new Redis({
    ...tlsClientOptions({ tls }),
    host: '127.0.0.1',
    port,
    retryStrategy: () => null,
  });
  const told: string[] = [];
  client.on('error', ({ message }: Error) => told.push(message));
  await once(client, 'connect');
  for (const message of ['first', 'second']) client.stream.emit('error', new Error(message));
  expect(told).toEqual(['first']);
  client.disconnect();
});
