// Servers under addresses that are in no certificate, as managed ones announce them: they are
// verified by the name that is configured, on every way that leads to them.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RedisTarget } from '../../../../src/store/redis/connection/topology.ts';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { createAuthority, type TestAuthority } from '../../../support/certificates.ts';
import { MASTER_NAME, sentinelLines } from '../../../support/redis-sentinel.ts';
import {
  prepareRedisServer,
  type RedisServer,
  type ServerTls,
  startRedisServer,
} from '../../../support/redis-server.ts';
import { appendOf, openStore, storeOptions } from '../../../support/redis-store.ts';
import { closing, untilRefused } from './refused-calls.ts';

const HOST = '127.0.0.2';
const onBoth = { bind: `127.0.0.1 ${HOST}` };

let authority: TestAuthority;
let alone: RedisServer;
let sentinel: RedisServer;
let cluster: RedisServer;
beforeAll(async () => {
  authority = createAuthority();
  const tls: ServerTls = {
    authority,
    certificate: authority.issue('server', { names: ['store.test'] }),
  };
  const announcing = { 'cluster-enabled': 'yes', 'cluster-announce-ip': HOST };
  [alone, cluster] = await Promise.all([
    startRedisServer({ settings: onBoth, tls }),
    startRedisServer({ settings: { ...onBoth, ...announcing }, tls }),
  ]);
  await cluster.client.cluster('ADDSLOTSRANGE', 0, 16_383);
  const lines = sentinelLines(alone.port, {}).map((line) => line.replace('127.0.0.1', HOST));
  sentinel = await prepareRedisServer({ sentinel: lines, tls });
  await sentinel.start();
});
afterAll(async () => {
  await Promise.all([alone, cluster, sentinel].map((each) => each?.stop()));
  authority?.remove();
});

const options = { tls: { current: () => ({ ca: authority.ca }) } };

it.each<[string, () => RedisTarget]>([
  ['one server', () => ({ kind: 'standalone', host: HOST, port: alone.port })],
  // The given addresses are in the certificate, and what they lead to is not.
  [
    'the servers of a cluster',
    () => ({ kind: 'cluster', nodes: [{ host: 'localhost', port: cluster.port }] }),
  ],
  [
    'the master that a sentinel names',
    () => ({
      kind: 'sentinel',
      name: MASTER_NAME,
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
    }),
  ],
])('%s', async (_, targetOf) => {
  const target = targetOf();
  const unnamed = closing(createRedisStore({ ...storeOptions(target), ...options }));
  await untilRefused(unnamed, `not for ${HOST}; STORE_TLS_SERVER_NAME may name another`);
  const store = closing(await openStore(target, { ...options, tlsServerName: 'store.test' }));
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
});

it('and by an address, where that is configured', async () => {
  const target: RedisTarget = { kind: 'standalone', host: HOST, port: alone.port };
  const store = closing(await openStore(target, { ...options, tlsServerName: '127.0.0.1' }));
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
});
