// Failovers of a real Cluster, under load through three processes: with ECHO nothing that was
// acknowledged is lost, and nothing that was erased is back.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startReadyApps, stopApps } from '../support/ready-apps.ts';
import {
  type RedisCluster,
  type Shard,
  startRedisCluster,
  untilReplaced,
} from '../support/redis-cluster.ts';
import type { RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { checkRestored, type Load, startLoad } from './echo-load.ts';

const PASSWORD = 'of-the-data';

// Bounds a failover under load on a machine that is busy with other things.
vi.setConfig({ testTimeout: 180_000 });

let cluster: RedisCluster;
let apps: RunningApp[];
beforeAll(async () => {
  cluster = await startRedisCluster({
    settings: { requirepass: PASSWORD, masterauth: PASSWORD },
  });
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const settings = {
    ...{ STORE_URL: `redis+cluster://${nodes}`, STORE_PASSWORD: PASSWORD },
    ...{ ECHO: 'on', WRITE_FORMAT: '2' },
    ...{ REQUEST_DEADLINE_MS: '8000', STORE_COMMAND_TIMEOUT_MS: '500' },
  };
  apps = await startReadyApps(3, settings);
});
afterAll(async () => {
  await stopApps(apps);
  await cluster?.stop();
});

const untilMore = (load: Load, more: number) => {
  const from = load.acknowledged();
  return until(`${more} more updates`, () => load.acknowledged() >= from + more || undefined);
};

/** Lets a shard's replica lag under load and be promoted by `promote`; answers what is found two
 * seconds afterwards. */
async function failOver(shard: Shard, name: string, promote: () => Promise<unknown>) {
  const load = startLoad(apps, name);
  await untilMore(load, 200);
  await shard.replica.client.config('SET', 'masterauth', 'wrong');
  await shard.master.client.call('CLIENT', ['KILL', 'TYPE', 'replica']);
  await untilMore(load, 300);
  await load.eraseSome();
  await untilMore(load, 300);
  await promote();
  await untilReplaced(cluster, shard);
  const replacedMs = performance.now();
  await load.stop();
  const findings = await checkRestored(load, apps[0] as RunningApp, replacedMs);
  expect(findings).toEqual({ acknowledged: load.acknowledged(), lost: [], back: [] });
}

const restored = async () => {
  const line = 'cognigy_session_echo_offered_total{kind="update",result="restored"}';
  const counts = await Promise.all(apps.map((app) => app.metric(line)));
  return counts.reduce((sum, count) => sum + count, 0);
};

test('a master that dies with a lagging replica loses nothing', async () => {
  const shard = cluster.shards[0] as Shard;
  await failOver(shard, 'dies', () => shard.master.kill());
  expect(await restored()).toBeGreaterThan(50);
});

test('a lagging replica that takes over from a live master loses nothing', async () => {
  const shard = cluster.shards[1] as Shard;
  const before = await restored();
  await failOver(shard, 'taken over', () => shard.replica.client.cluster('FAILOVER', 'TAKEOVER'));
  expect((await restored()) - before).toBeGreaterThan(50);
});
