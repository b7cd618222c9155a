// A server that answers and refuses for a reason that lasts: not ready, named, and not tried again.

import { describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../../../src/store/redis/connection/topology.ts';
import {
  createRedisStore,
  type RedisStoreOptions,
} from '../../../../src/store/redis/redis-store.ts';
import { type SessionStore, StoreUnavailable } from '../../../../src/store/session-store.ts';
import { startRedisCluster } from '../../../support/redis-cluster.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  storeOptions,
} from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept } from './refused-calls.ts';

const svc = { username: 'svc', password: () => 'pw' };

async function failureOf(call: Promise<unknown>): Promise<StoreUnavailable> {
  const error = await call.then(
    () => new Error('the call was answered'),
    (failure) => failure,
  );
  if (!(error instanceof StoreUnavailable)) throw error;
  return error;
}

function openRefused(target: RedisTarget, options: Partial<RedisStoreOptions> = {}): SessionStore {
  return closing(createRedisStore({ ...storeOptions(target), ...options }));
}

const withUser =
  (...rules: string[]) =>
  ({ client }: RedisServer) =>
    client.call('ACL', ['SETUSER', 'svc', 'reset', 'on', '>pw', ...rules]);

describe('a single server refuses, for a reason that lasts, a user', () => {
  it.each<
    [
      string,
      (server: RedisServer) => Promise<unknown>,
      { kind: string; ping: string; append: string },
    ]
  >([
    [
      'without the key prefix',
      withUser('~other:*', '+@all'),
      {
        kind: 'no_permission',
        ping: 'NOPERM this user has no permissions to access one of the keys used as arguments; the keys are cgs:*',
        append:
          'NOPERM this user has no permissions to access one of the keys used as arguments; the keys are cgs:*',
      },
    ],
    [
      'that may only read the keys',
      withUser('%R~cgs:*', '+@all'),
      {
        kind: 'no_permission',
        ping: 'NOPERM this user has no permissions to access one of the keys used as arguments; the keys are cgs:*',
        append:
          'NOPERM this user has no permissions to access one of the keys used as arguments; the keys are cgs:*',
      },
    ],
    [
      'without hset',
      withUser('~*', '+@all', '-hset'),
      {
        kind: 'no_permission',
        ping: 'NOPERM the user may not run hset on the keys cgs:*',
        append: 'NOPERM the user may not run every command that the scripts use on the keys cgs:*',
      },
    ],
    [
      'without scripts',
      withUser('~*', '+@all', '-@scripting'),
      {
        kind: 'no_permission',
        ping: "NOPERM this user has no permissions to run the 'evalsha' command",
        append: "NOPERM this user has no permissions to run the 'evalsha' command",
      },
    ],
    [
      'with another password',
      withUser('>another', '<pw', '~*', '+@all'),
      {
        kind: 'wrong_credentials',
        ping: 'WRONGPASS invalid username-password pair or user is disabled.',
        append: 'WRONGPASS invalid username-password pair or user is disabled.',
      },
    ],
  ])('%s', async (_, prepare, { kind, ping, append }) => {
    const server = kept(await startRedisServer());
    await prepare(server);
    const store = openRefused(standaloneTarget(server), svc);
    const refused = await failureOf(store.ping());
    const address = `127.0.0.1:${server.port}`;
    expect(refused.message).toBe(`the store refuses ping: ${address}: ${ping}`);
    expect(refused.refusal).toEqual({ kind, isLasting: true, text: ping });
    const late = await failureOf(store.append(appendOf()));
    expect(late.message).toBe(`the store refuses append: ${address}: ${append}`);
    expect(late.refusal).toEqual({ kind, isLasting: true, text: append });
  });

  it('that may not reach the indexes of users, though sessions could be stored', async () => {
    const server = kept(await startRedisServer());
    await withUser('~cgs:{*', '+@all')(server);
    const store = openRefused(standaloneTarget(server), svc);
    const { refusal } = await failureOf(store.ping());
    expect(refusal).toMatchObject({ kind: 'no_permission', isLasting: true });
    expect(refusal?.text).toMatch(/^NOPERM the user may not run .*zadd.* on the keys cgs:\*$/);
  });

  it('that scripts are disabled for, and repeats no argument', async () => {
    const server = kept(
      await startRedisServer({ settings: { 'rename-command': ['EVAL', 'HIDDEN'] } }),
    );
    const store = openRefused(standaloneTarget(server));
    const append = appendOf();
    for (const call of [() => store.ping(), () => store.append(append)]) {
      const { message, refusal } = await failureOf(call());
      expect(refusal).toMatchObject({ kind: 'no_scripts', isLasting: true });
      expect(message).toContain('the server runs no Lua scripts');
      expect(message).not.toMatch(/with args|lua\n|cgs:/);
      expect(message).not.toContain(append.sessionId);
    }
  });
});

describe('a single server that is a replica', () => {
  it('refuses at once where it never took a write', async () => {
    const server = kept(await startRedisServer());
    await server.client.replicaof('127.0.0.1', 1);
    const store = openRefused(standaloneTarget(server));
    // Until it is connected it says that it is not.
    const refusal = await until('a refusal', async () => (await failureOf(store.ping())).refusal);
    expect(refusal).toMatchObject({ kind: 'read_only', isLasting: true });
  });

  it('may be in the middle of a failover where it took writes a moment ago', async () => {
    const server = kept(await startRedisServer());
    const store = closing(await openStore(standaloneTarget(server)));
    await store.ping();
    await server.client.replicaof('127.0.0.1', 1);
    const refusal = await until(
      'a refusal',
      async () => (await failureOf(store.append(appendOf()))).refusal,
    );
    expect(refusal).toMatchObject({ kind: 'read_only', isLasting: false });
  });
});

describe('a node of a cluster as a single server', () => {
  it('is not ready, whichever slots it holds, and says which URL it needs', async () => {
    const cluster = kept(await startRedisCluster());
    for (const server of cluster.servers) {
      const store = openRefused(standaloneTarget(server));
      const { message, refusal } = await failureOf(store.ping());
      expect(refusal).toMatchObject({ kind: 'wrong_url', isLasting: true });
      expect(message).toContain('STORE_URL must begin with redis+cluster');
    }
  });

  it('is served where it holds every slot', async () => {
    const server = kept(await startRedisServer({ settings: { 'cluster-enabled': 'yes' } }));
    await server.client.cluster('ADDSLOTSRANGE', 0, 16_383);
    const store = closing(await openStore(standaloneTarget(server)));
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });
});

describe('a cluster', () => {
  it('is ready while one master refuses, and warns of it; not ready once all do', async () => {
    const cluster = kept(await startRedisCluster());
    for (const server of cluster.servers) await withUser('~cgs:*', '+@all')(server);
    const lines: string[][] = [];
    const store = closing(
      await openStore(clusterTarget(cluster.servers), {
        ...svc,
        onServersChecked: ({ warnings }) =>
          lines.push(
            warnings.filter(({ kind }) => kind === 'refuses_writes').map(({ line }) => line),
          ),
        topologyRefreshMs: 50,
      }),
    );
    const [first, ...others] = cluster.shards.map(({ master }) => master);
    if (first === undefined) throw new Error('there is no master');
    await withUser('~cgs:*', '+@all', '-zadd')(first);
    const warning = `127.0.0.1:${first.port}: it refuses writes: NOPERM the user may not run zadd on the keys cgs:*`;
    await until('a warning', () => lines.at(-1)?.includes(warning) || undefined);
    await store.ping();

    for (const server of others) await withUser('~cgs:*', '+@all', '-zadd')(server);
    const { refusal } = await until('a refusal', () => failureOf(store.ping()));
    expect(refusal).toMatchObject({ kind: 'no_permission', isLasting: true });

    for (const server of [first, ...others]) await withUser('~cgs:*', '+@all')(server);
    await until('no warning', () => lines.at(-1)?.length === 0 || undefined);
    await store.ping();
  });
});

it('the probe writes nothing that a session could have, and what it writes expires', async () => {
  const server = kept(await startRedisServer());
  closing(await openStore(standaloneTarget(server)));
  const keys = await until('a probe that wrote', async () => {
    const found = await server.client.keys('*');
    return found.length > 0 ? found : undefined;
  });
  expect(keys).toEqual(['cgs:{:probe:0}']);
  expect(await server.client.pttl('cgs:{:probe:0}')).toBeGreaterThan(0);
});
