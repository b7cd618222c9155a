// A server that is down or is another one: what the caller is told, and that it heals by itself.

import { describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { prepareRedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  storeOptions,
  untilServed,
} from '../../../support/redis-store.ts';
import { closing, kept, refusalOf, untilRefused } from './refused-calls.ts';

describe('a store whose server is down', () => {
  it('says so with host and cause, and heals by itself', async () => {
    const server = kept(await prepareRedisServer());
    const told: string[] = [];
    const store = closing(
      createRedisStore({
        ...storeOptions(standaloneTarget(server)),
        onConnectionError: ({ address, reason }) => told.push(`${address} ${reason}`),
        onConnected: ({ address }) => told.push(`${address} connected`),
      }),
    );
    const message = await untilRefused(store, 'ECONNREFUSED');
    expect(message).toContain(`127.0.0.1:${server.port}`);
    expect(await refusalOf(store.ping())).toContain('ECONNREFUSED');
    await server.start();
    await untilServed(store);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
    await server.kill();
    await untilRefused(store, 'ECONNREFUSED');
    const failed = `127.0.0.1:${server.port} connect ECONNREFUSED 127.0.0.1:${server.port}`;
    expect(told.filter((line) => line.includes('ECONNREFUSED'))).toEqual([failed, failed]);
    expect(told).toContain(`127.0.0.1:${server.port} connected`);
  });

  it('names a host by its name', async () => {
    const [port = 0] = await freePorts(1);
    const store = closing(
      createRedisStore(storeOptions(standaloneTarget({ host: 'localhost', port }))),
    );
    await untilRefused(store, `localhost:${port}: connect ECONNREFUSED`);
  });

  it('names each server of a cluster, and heals by itself', async () => {
    const [one = 0, other = 0] = await freePorts(2);
    const nodes = [one, other].map((port) => ({ host: '127.0.0.1', port }));
    const store = closing(createRedisStore(storeOptions(clusterTarget(nodes))));
    const message = await untilRefused(store, `127.0.0.1:${other}: connect ECONNREFUSED`);
    expect(message).toContain(`127.0.0.1:${one}: connect ECONNREFUSED`);
    expect(await refusalOf(store.ping())).toContain('ECONNREFUSED');
    const server = kept(
      await prepareRedisServer({
        port: one,
        settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
      }),
    );
    await server.start();
    await server.client.cluster('ADDSLOTSRANGE', 0, 16_383);
    await untilServed(store);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });

  it('names a host that cannot be resolved', async () => {
    const nodes = [{ host: 'no-such-host.invalid', port: 6379 }];
    const [node] = nodes;
    const alone = closing(createRedisStore(storeOptions(standaloneTarget(node))));
    await untilRefused(alone, 'no-such-host.invalid');
    const store = closing(createRedisStore(storeOptions(clusterTarget(nodes))));
    await untilRefused(store, 'no-such-host.invalid');
  });

  it('names a server that is no cluster', async () => {
    const server = kept(await startRedisServer());
    const store = closing(createRedisStore(storeOptions(clusterTarget([server]))));
    expect(await untilRefused(store, 'cluster support disabled')).toContain(
      `127.0.0.1:${server.port}`,
    );
    expect(await refusalOf(store.ping())).toContain('cluster support disabled');
  });

  it('names a database that does not exist, and writes to no other', async () => {
    const server = kept(await startRedisServer());
    const target = {
      kind: 'standalone',
      host: server.host,
      port: server.port,
      database: 99,
    } as const;
    const store = closing(createRedisStore(storeOptions(target)));
    await untilRefused(store, 'DB index is out of range');
    expect(await server.client.dbsize()).toBe(0);
  });

  it('uses the database that it was told to', async () => {
    const server = kept(await startRedisServer());
    const target = {
      kind: 'standalone',
      host: server.host,
      port: server.port,
      database: 5,
    } as const;
    const store = closing(await openStore(target));
    await store.append(appendOf());
    // The session, and for a moment what is written to see whether the server takes writes.
    expect(await server.client.info('keyspace')).toMatch(/^db5:keys=[12],/m);
    expect(await server.client.dbsize()).toBe(0);
  });
});
