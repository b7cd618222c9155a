// What is said of servers that are set up in a way that endangers sessions.

import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  fieldsOf,
  memoryRatioOf,
  setupWarnings,
} from '../../../../src/store/redis/connection/server-check.ts';
import {
  createRedisStore,
  type RedisStoreOptions,
} from '../../../../src/store/redis/redis-store.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  storeOptions,
} from '../../../support/redis-store.ts';
import { startSlowProxy } from '../../../support/slow-proxy.ts';
import { until } from '../../../support/until.ts';
import { closing, kept, refusalOf, untilRefused } from './refused-calls.ts';

const NO_AOF =
  'appendonly is no: a restart loses what was acknowledged since the last snapshot, or all without one';

/** The lines of the last look, and how often there was one. */
function createSeen() {
  const seen = {
    lines: [] as readonly string[],
    memoryRatio: -1,
    clockSkewMs: -1,
    clockWidthMs: -1,
    looks: 0,
    unreadable: [] as string[],
  };
  const options: Partial<RedisStoreOptions> = {
    topologyRefreshMs: 50,
    onServersChecked({ warnings, memoryRatio }) {
      seen.lines = warnings.map(({ line }) => line);
      seen.memoryRatio = memoryRatio;
      seen.looks += 1;
    },
    onServerUnreadable: ({ address, reason }) => seen.unreadable.push(`${address} ${reason}`),
  };
  const untilSeen = async (wanted: readonly string[]) => {
    await until(
      `the lines ${wanted}`,
      () => (seen.looks > 0 && `${seen.lines}` === `${wanted}`) || undefined,
    );
    expect(seen.lines).toEqual(wanted);
  };
  return { seen, options, untilSeen };
}

async function startNoisy(settings: Record<string, string>): Promise<RedisServer> {
  return kept(await startRedisServer({ settings }));
}

describe('setupWarnings()', () => {
  it.each([
    [
      'volatile-lru',
      'maxmemory-policy is volatile-lru: when maxmemory is reached, sessions are evicted before they end; set it to noeviction',
    ],
    [
      'volatile-ttl',
      'maxmemory-policy is volatile-ttl: when maxmemory is reached, sessions are evicted before they end, those that end soonest first; set it to noeviction',
    ],
    [
      'allkeys-lfu',
      'maxmemory-policy is allkeys-lfu: when maxmemory is reached, sessions are evicted before they end; set it to noeviction',
    ],
  ])('names the policy %s', (policy, warning) => {
    const info = `# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n\r\n# Persistence\r\naof_enabled:1\r\n`;
    expect(setupWarnings(fieldsOf(info))).toEqual([{ kind: 'eviction', text: warning }]);
  });

  it('has nothing to say of a server that evicts nothing and keeps a log, nor of what it is not told', () => {
    expect(setupWarnings(fieldsOf('maxmemory_policy:noeviction\r\naof_enabled:1\r\n'))).toEqual([]);
    expect(setupWarnings(fieldsOf(''))).toEqual([]);
  });

  it('names a server that keeps no log', () => {
    expect(setupWarnings(fieldsOf('maxmemory_policy:noeviction\r\naof_enabled:0\r\n'))).toEqual([
      { kind: 'no_append_only_file', text: NO_AOF },
    ]);
  });
});

describe('memoryRatioOf()', () => {
  it.each([
    ['used_memory:750\r\nmem_not_counted_for_evict:50\r\nmaxmemory:1000\r\n', 0.7],
    ['used_memory:750\r\nmaxmemory:1000\r\n', 0.75],
    ['used_memory:750\r\nmaxmemory:0\r\n', 0],
    ['', 0],
  ])('of %j is %d', (info, ratio) => {
    expect(memoryRatioOf(fieldsOf(info))).toBe(ratio);
  });

  it('is that of the fullest master, as the server tells it', async () => {
    const server = await startNoisy({ maxmemory: '100mb' });
    const { seen, options, untilSeen } = createSeen();
    closing(await openStore(standaloneTarget(server), options));
    await untilSeen([`127.0.0.1:${server.port}: ${NO_AOF}`]);
    expect(seen.memoryRatio).toBeGreaterThan(0.001);
    expect(seen.memoryRatio).toBeLessThan(0.2);
  });
});

describe('a server that endangers sessions', () => {
  it('is named with what is wrong, until that is mended', async () => {
    const server = await startNoisy({ 'maxmemory-policy': 'volatile-ttl' });
    const address = `127.0.0.1:${server.port}`;
    const { options, untilSeen } = createSeen();
    closing(await openStore(standaloneTarget(server), options));
    const [policy] = setupWarnings(fieldsOf('maxmemory_policy:volatile-ttl'));
    await untilSeen([`${address}: ${NO_AOF}`, `${address}: ${policy?.text}`]);
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    await untilSeen([`${address}: ${NO_AOF}`]);
    await server.client.config('SET', 'appendonly', 'yes');
    await untilSeen([]);
  });

  it('is looked at as soon as it is connected again', async () => {
    const server = await startNoisy({});
    const { seen, options, untilSeen } = createSeen();
    closing(
      await openStore(standaloneTarget(server), { ...options, topologyRefreshMs: 3_600_000 }),
    );
    await untilSeen([`127.0.0.1:${server.port}: ${NO_AOF}`]);
    const { looks } = seen;
    await server.kill();
    await server.start();
    await until('another look', () => seen.looks > looks || undefined);
  });

  it('stays as it was while it is down', async () => {
    const server = await startNoisy({});
    const { seen, options, untilSeen } = createSeen();
    const store = closing(await openStore(standaloneTarget(server), options));
    await untilSeen([`127.0.0.1:${server.port}: ${NO_AOF}`]);
    await server.kill();
    await refusalOf(store.ping());
    const { looks } = seen;
    await until('looks in vain', () => seen.looks > looks + 2 || undefined);
    expect(seen.lines).toEqual([`127.0.0.1:${server.port}: ${NO_AOF}`]);
  });

  it('stays as it was when it goes away while it is asked, and is named as unreadable', async () => {
    const server = await startNoisy({});
    const proxy = await startSlowProxy(server.port);
    onTestFinished(() => proxy.close());
    const { seen, options, untilSeen } = createSeen();
    const target = standaloneTarget({ host: '127.0.0.1', port: proxy.port });
    closing(await openStore(target, { ...options, commandTimeoutMs: 60_000 }));
    const line = `127.0.0.1:${proxy.port}: ${NO_AOF}`;
    await untilSeen([line]);
    // The question is held on its way; then the connection ends under it.
    proxy.hold('all');
    await proxy.untilHeld();
    await server.kill();
    await until('the failure', () => seen.unreadable.length > 0 || undefined);
    expect(seen.unreadable[0]).toMatch(`127.0.0.1:${proxy.port} `);
    const { looks } = seen;
    await until('another look', () => seen.looks > looks || undefined);
    expect(seen.lines).toEqual([line]);
  });

  it('is each master of a cluster, and no replica', async () => {
    const { options, untilSeen } = createSeen();
    closing(await openStore(clusterTarget(), { ...options, topologyRefreshMs: 3_600_000 }));
    const masters = inject('redisCluster').slice(0, 3);
    await untilSeen(masters.map(({ host, port }) => `${host}:${port}: ${NO_AOF}`).sort());
  });
});

it('a server that loads its data is not said to keep no log, and is looked at again', async () => {
  const server = await startNoisy({
    appendonly: 'yes',
    'key-load-delay': '4000',
    'loading-process-events-interval-bytes': '1024',
  });
  for (let place = 0; place < 500; place++)
    await server.client.set(`key ${place}`, 'x'.repeat(1000));
  await server.client.bgrewriteaof();
  await until(
    'the data in the base of the log, which can be loaded slowly',
    async () =>
      /aof_rewrite_in_progress:0/.test(await server.client.info('persistence')) || undefined,
  );
  await server.kill();
  const { seen, options } = createSeen();
  const everSaid: string[] = [];
  await server.start();
  const store = closing(
    createRedisStore({
      ...storeOptions(standaloneTarget(server)),
      ...options,
      topologyRefreshMs: 3_600_000,
      onServersChecked(setup) {
        options.onServersChecked?.(setup);
        everSaid.push(...setup.warnings.map(({ line }) => line));
      },
    }),
  );
  await untilRefused(store, 'LOADING');
  await until('a look', () => seen.looks > 0 || undefined);
  const { looks } = seen;
  await until('another look, by itself, after it has loaded', async () => {
    await store.ping();
    return seen.looks > looks || undefined;
  });
  expect(everSaid).toEqual([]);
});

describe('a server that does not tell how it is set up', () => {
  it('because INFO is forbidden is not spoken of, and serves', async () => {
    const server = await startNoisy({});
    await server.client.call('ACL', ['SETUSER', 'reticent', 'on', '>pw', '~*', '+@all', '-info']);
    const { seen, options } = createSeen();
    const credentials = { username: 'reticent', password: () => 'pw' };
    const store = closing(
      await openStore(standaloneTarget(server), { ...options, ...credentials }),
    );
    await until('several looks', () => seen.unreadable.length > 2 || undefined);
    expect(seen.lines).toEqual([]);
    expect(seen.unreadable[0]).toContain(`127.0.0.1:${server.port} NOPERM`);
    expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  });

  it('tells where CONFIG is forbidden', async () => {
    const server = await startNoisy({});
    await server.client.call('ACL', ['SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-config']);
    const { options, untilSeen } = createSeen();
    const credentials = { username: 'limited', password: () => 'pw' };
    closing(await openStore(standaloneTarget(server), { ...options, ...credentials }));
    await untilSeen([`127.0.0.1:${server.port}: ${NO_AOF}`]);
  });
});
