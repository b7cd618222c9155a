// A start with a Redis that is up: it is ready at once, and nothing in the log says otherwise.

import { expect, onTestFinished, test } from 'vitest';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startRedisSentinels } from '../support/redis-sentinel.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { get, startTestApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

test.each([
  [
    'a single server',
    async () => {
      const server = await startRedisServer();
      return { url: `redis://127.0.0.1:${server.port}`, stop: server.stop };
    },
  ],
  [
    'a cluster',
    async () => {
      const { servers, stop } = await startRedisCluster();
      return { url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`)}`, stop };
    },
  ],
  ['a master under sentinels', () => startRedisSentinels()],
])('with %s', async (_, startStore) => {
  const { url, stop } = await startStore();
  onTestFinished(stop);
  const app = await startTestApp({ STORE_URL: url });
  onTestFinished(() => app.stop());
  expect((await get(`${app.admin}/readyz`)).status).toBe(200);
  // Said once the masters have been looked at, which is after everything that a start could
  // complain of.
  await until('the warning of the servers without a log', () =>
    app.logged.find(({ message }) => message === 'the store endangers sessions'),
  );
  const complaints = app.logged.filter(({ level }) => level === 'warn' || level === 'error');
  expect(new Set(complaints.map(({ message }) => message))).toEqual(
    new Set(['the store endangers sessions']),
  );
  const pings = (result: string) =>
    app.metric(`cognigy_session_store_seconds_count{operation="ping",result="${result}"}`);
  expect(await pings('ok')).toBeGreaterThan(0);
  expect(await pings('unavailable')).toBeNaN();
});
