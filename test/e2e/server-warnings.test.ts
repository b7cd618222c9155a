// A Redis that is set up in a way that endangers sessions: the log says it once, /readyz for as
// long as it is so.

import { expect, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../support/redis-server.ts';
import { get, startTestApp } from '../support/running-app.ts';

test('a server that evicts sessions is warned of in log and /readyz, which stays ready, until it is mended', async () => {
  const redis = await startRedisServer({
    settings: { 'maxmemory-policy': 'volatile-ttl', appendonly: 'yes' },
  });
  onTestFinished(() => redis.stop());
  const app = await startTestApp({
    STORE_URL: `redis://127.0.0.1:${redis.port}`,
    STORE_TOPOLOGY_REFRESH_MS: '1000',
  });
  onTestFinished(() => app.stop());
  const warning =
    `127.0.0.1:${redis.port}: maxmemory-policy is volatile-ttl: when maxmemory is reached, sessions are evicted ` +
    'before they end, those that end soonest first; set it to noeviction';
  const readiness = () => get(`${app.admin}/readyz`);
  const warned = async () => {
    const exposition = await (await fetch(`${app.admin}/metrics`)).text();
    return [...exposition.matchAll(/store_warnings\{kind="(\w+)"\} 1\n/g)].map(([, kind]) => kind);
  };
  const told = () =>
    app.logged.filter(({ level, warning: line }) => level === 'warn' && line === warning);
  const { ok, ...store } = { name: 'store', ok: true };

  await expect
    .poll(async () => (await readiness()).body.checks[0])
    .toEqual({ ...store, ok, warnings: [warning] });
  const { status, body } = await readiness();
  expect([status, body.status]).toEqual([200, 'ready']);
  expect(told()).toMatchObject([{ message: 'the store endangers sessions' }]);
  expect(await warned()).toEqual(['eviction']);

  // Seen again, on a new connection, and beside another one, it is the same finding.
  await redis.client.call('CLIENT', ['KILL', 'TYPE', 'normal']);
  await redis.client.config('SET', 'appendonly', 'no');
  await expect
    .poll(async () => (await readiness()).body.checks[0].warnings)
    .toEqual([expect.stringContaining('appendonly is no'), warning]);
  expect(told()).toHaveLength(1);
  expect(await warned()).toEqual(['eviction', 'no_append_only_file']);

  await redis.client.config('SET', 'appendonly', 'yes');
  await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
  await expect.poll(async () => (await readiness()).body.checks[0]).toEqual({ ...store, ok });
  expect(await warned()).toEqual([]);
});
