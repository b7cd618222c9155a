// A server that does not serve: what the caller is told, that nothing was written, and that it heals by itself.

import { mkdir, rmdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../src/store/redis/redis-store.ts';
import { type SessionStore, StoreUnavailable } from '../../../src/store/session-store.ts';
import { freePorts } from '../../support/free-ports.ts';
import { prepareRedisServer, type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  keys,
  openStore,
  standaloneTarget,
  storeOptions,
  untilServed,
} from '../../support/redis-store.ts';
import { until } from '../../support/until.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const kept = <Kept extends { stop(): Promise<void> }>(server: Kept): Kept => {
  cleanups.push(() => server.stop());
  return server;
};
const closing = (store: SessionStore): SessionStore => {
  cleanups.push(() => store.close());
  return store;
};

/** The message of the refusal of a call. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('the call was answered'),
    (failure) => failure,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  return error.message;
}

/** Waits until a call is refused for that reason, which is known once a connection was tried. */
async function untilRefused(store: SessionStore, reason: string): Promise<string> {
  return await until(`a refusal that says ${reason}`, async () => {
    const message = await refusalOf(store.append(appendOf()));
    return message.includes(reason) ? message : undefined;
  });
}

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
    const store = closing(createRedisStore(storeOptions(standaloneTarget({ host: 'localhost', port }))));
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
    expect(await untilRefused(store, 'cluster support disabled')).toContain(`127.0.0.1:${server.port}`);
    expect(await refusalOf(store.ping())).toContain('cluster support disabled');
  });

  it('names a database that does not exist, and writes to no other', async () => {
    const server = kept(await startRedisServer());
    const target = { kind: 'standalone', host: server.host, port: server.port, database: 99 } as const;
    const store = closing(createRedisStore(storeOptions(target)));
    await untilRefused(store, 'DB index is out of range');
    expect(await server.client.dbsize()).toBe(0);
  });

  it('uses the database that it was told to', async () => {
    const server = kept(await startRedisServer());
    const target = { kind: 'standalone', host: server.host, port: server.port, database: 5 } as const;
    const store = closing(await openStore(target));
    await store.append(appendOf());
    expect(await server.client.info('keyspace')).toMatch(/^db5:keys=1,/m);
    expect(await server.client.dbsize()).toBe(0);
  });
});

describe.each([
  ['a wrong password', { username: '', password: () => 'open sesame' }, 'WRONGPASS'],
  ['an unknown user', { username: 'nobody', password: () => 'open sesame' }, 'WRONGPASS'],
  ['no password', { username: '', password: () => '' }, 'NOAUTH'],
])('a store with %s', (_, credentials, reason) => {
  it.each(['standalone', 'cluster'])(
    `says ${reason} (%s), names the host, and repeats no password`,
    async (kind) => {
      const settings = { requirepass: 'right', ...(kind === 'cluster' ? { 'cluster-enabled': 'yes' } : {}) };
      const server = kept(await startRedisServer({ settings }));
      const target = kind === 'cluster' ? clusterTarget([server]) : standaloneTarget(server);
      const told: string[] = [];
      const store = closing(
        createRedisStore({
          ...storeOptions(target),
          ...credentials,
          onConnectionError: (failure) => told.push(failure.reason),
        }),
      );
      const message = await untilRefused(store, reason);
      expect(message).toContain(`127.0.0.1:${server.port}`);
      expect(message + told.join()).not.toContain('sesame');
      const failure = await store.ping().catch((error) => error);
      expect(failure.message).toContain(reason);
      expect(failure.cause).toBeUndefined();
    },
  );
});

describe('a server that takes no writes', () => {
  const conditions: [
    string,
    (server: RedisServer) => Promise<unknown>,
    (server: RedisServer) => Promise<unknown>,
  ][] = [
    [
      'OOM',
      ({ client }) => client.config('SET', 'maxmemory', '1'),
      ({ client }) => client.config('SET', 'maxmemory', '0'),
    ],
    [
      'NOREPLICAS',
      ({ client }) => client.config('SET', 'min-replicas-to-write', '1'),
      ({ client }) => client.config('SET', 'min-replicas-to-write', '0'),
    ],
    [
      'READONLY',
      ({ client }) => client.replicaof('127.0.0.1', 1),
      ({ client }) => client.replicaof('NO', 'ONE'),
    ],
    ['MISCONF', failToSave, ({ client }) => client.config('SET', 'save', '')],
  ];

  it.each(conditions)(
    '(%s) is named, is not ready, writes nothing, reads on, and heals',
    async (code, break_, mend) => {
      const server = kept(await startRedisServer({ settings: { 'enable-protected-configs': 'yes' } }));
      const store = closing(await openStore(standaloneTarget(server)));
      const append = appendOf();
      await store.append(append);
      const before = await server.client.hgetall(keys.session(append.sessionId));

      await break_(server);
      const message = await untilRefused(store, code);
      expect(message).toContain(`127.0.0.1:${server.port}: ${code}`);
      const next = appendOf({ sessionId: append.sessionId });
      await refusalOf(store.append(next));
      expect(await server.client.hgetall(keys.session(append.sessionId))).toEqual(before);
      await until(`a ping that is refused as ${code}`, async () =>
        (await refusalOf(store.ping())).includes(code) ? true : undefined,
      );
      const session = await until('a session that is read', () => store.read(append.sessionId));
      expect(session.revision).toBe(1);

      await mend(server);
      await untilServed(store);
      expect(await store.append(next)).toMatchObject({ status: 'stored', revision: 2 });
    },
  );

  it('because it was demoted is left for a new connection, which may lead elsewhere', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server)));
    const connections = async () =>
      [
        ...String(await server.client.client('LIST')).matchAll(/^id=(\d+).* name=cognigy-session-sidecar/gm),
      ].map(([, id]) => id);
    const [before] = await connections();
    await server.client.replicaof('127.0.0.1', 1);
    await untilRefused(store, 'READONLY');
    await until('a new connection', async () => {
      const [now] = await connections();
      return now !== undefined && now !== before ? now : undefined;
    });
  });

  it('because it is loading says so', async () => {
    const server = kept(
      await startRedisServer({
        settings: { 'key-load-delay': '5000', 'loading-process-events-interval-bytes': '1024' },
      }),
    );
    for (let place = 0; place < 300; place++) await server.client.set(`key ${place}`, 'x'.repeat(1000));
    await server.client.save();
    await server.kill();
    const store = closing(createRedisStore(storeOptions(standaloneTarget(server))));
    await server.start();
    await untilRefused(store, 'LOADING');
    await untilServed(store);
  });
});

/** Lets a snapshot fail, after which a server that should save takes no writes. */
async function failToSave({ client }: RedisServer): Promise<void> {
  const [, folder = ''] = (await client.config('GET', 'dir')) as string[];
  await mkdir(`${folder}/gone`);
  await client.config('SET', 'dir', `${folder}/gone`);
  await client.config('SET', 'save', '3600 1');
  await rmdir(`${folder}/gone`);
  await client.bgsave();
  await until('the snapshot to fail', async () =>
    /rdb_last_bgsave_status:err/.test(await client.info('persistence')) ? true : undefined,
  );
}

describe('a server that hangs', () => {
  it.each(['standalone', 'cluster'])(
    '(%s) is spared what comes later, so that none of it is applied late',
    async (kind) => {
      const settings =
        kind === 'cluster' ? { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } : {};
      const server = kept(await startRedisServer({ settings }));
      if (kind === 'cluster') await server.client.cluster('ADDSLOTSRANGE', 0, 16_383);
      const target = kind === 'cluster' ? clusterTarget([server]) : standaloneTarget(server);
      const store = closing(await openStore(target, { commandTimeoutMs: 200 }));
      const { sessionId } = appendOf();
      server.pause();
      await refusalOf(store.append(appendOf({ sessionId })));
      const late = new Set<string>();
      const startedMs = performance.now();
      for (let turn = 0; turn < 20; turn++) {
        const append = appendOf({ sessionId });
        await refusalOf(store.append(append));
        late.add(append.updateId);
      }
      // Far less than the time of twenty calls: they are refused at once.
      expect(performance.now() - startedMs).toBeLessThan(1500);
      server.resume();
      await untilServed(store);
      await store.append(appendOf({ sessionId }));
      const names = (await store.read(sessionId))?.frames.map((frame) => frame.name) ?? [];
      expect(names.filter((name) => late.has(name))).toEqual([]);
    },
  );

  it('costs a call its time and no more, and is left for a new connection', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server), { commandTimeoutMs: 200 }));
    server.pause();
    const startedMs = performance.now();
    const message = await refusalOf(store.append(appendOf()));
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(message).toContain(`127.0.0.1:${server.port}: timeout after 200 ms`);
    // What fails later fails at once: nothing is piled up for a server that may come back.
    await until('a refusal without a wait', async () => {
      const askedMs = performance.now();
      await refusalOf(store.append(appendOf()));
      return performance.now() - askedMs < 50 ? true : undefined;
    });
    server.resume();
    await untilServed(store);
  });

  it('and is killed with a command on its way, fails it within its time', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server), { commandTimeoutMs: 5000 }));
    server.pause();
    const call = refusalOf(store.append(appendOf()));
    const startedMs = performance.now();
    await server.kill();
    await call;
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});

it('calls that are on their way when the store is closed are refused', async () => {
  const server = kept(await startRedisServer());
  const store = await openStore(standaloneTarget(server), { commandTimeoutMs: 5000 });
  server.pause();
  const call = refusalOf(store.append(appendOf()));
  await store.close();
  server.resume();
  await call;
});
