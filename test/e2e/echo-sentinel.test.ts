// Failovers of a real Sentinel group, under load through three processes: with ECHO nothing that
// was acknowledged is lost, and nothing that was erased is back, within two seconds of the
// promotion.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startReadyApps, stopApps } from '../support/ready-apps.ts';
import {
  type RedisSentinels,
  startRedisSentinels,
  untilReplicated,
} from '../support/redis-sentinel.ts';
import type { RedisServer } from '../support/redis-server.ts';
import type { RunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { checkRestored, type Findings, type Load, startLoad } from './echo-load.ts';

const PASSWORD = 'of-the-data';

// Bounds a failover under load on a machine that is busy with other things.
vi.setConfig({ testTimeout: 180_000 });

let group: RedisSentinels;
beforeAll(async () => {
  group = await startRedisSentinels({ password: PASSWORD });
});
afterAll(() => group?.stop());

async function withApps(
  settings: Record<string, string>,
  work: (apps: RunningApp[]) => Promise<void>,
): Promise<void> {
  const all = {
    ...{ STORE_URL: group.url, STORE_PASSWORD: PASSWORD, REQUEST_DEADLINE_MS: '8000' },
    ...{ STORE_COMMAND_TIMEOUT_MS: '400', ...settings },
  };
  const apps = await startReadyApps(3, all);
  try {
    await work(apps);
  } finally {
    await stopApps(apps);
  }
}

const nothingWrong = (load: Load) => ({ acknowledged: load.acknowledged(), lost: [], back: [] });

const untilMore = (load: Load, more: number) => {
  const from = load.acknowledged();
  return until(`${more} more updates`, () => load.acknowledged() >= from + more || undefined);
};

/** Replicas stop following their master, which goes on; heal() lets them follow one again. */
async function cutReplicas(master: RedisServer): Promise<{ heal(): Promise<void> }> {
  const replicas = group.servers.filter((server) => server !== master);
  const login = (password: string) =>
    Promise.all(replicas.map(({ client }) => client.config('SET', 'masterauth', password)));
  await login('wrong');
  await master.client.call('CLIENT', ['KILL', 'TYPE', 'replica']);
  return { heal: async () => void (await login(PASSWORD)) };
}

/** Kills a master whose replicas lag; answers what is found two seconds after the promotion. */
async function killWithLag(
  apps: RunningApp[],
  name: string,
): Promise<{ findings: Findings; load: Load }> {
  const before = await group.master();
  const load = startLoad(apps, name);
  await untilMore(load, 200);
  await untilReplicated(before);
  const { heal } = await cutReplicas(before);
  await untilMore(load, 300);
  await load.eraseSome();
  await untilMore(load, 300);
  await before.kill();
  await heal();
  await group.untilReplaced(before);
  const replacedMs = performance.now();
  await load.stop();
  const findings = await checkRestored(load, apps[0] as RunningApp, replacedMs);
  await before.start();
  await group.untilWhole();
  return { findings, load };
}

test.each(['1', '2'])(
  'a master that dies with lagging replicas loses nothing (WRITE_FORMAT=%s)',
  async (format) => {
    await withApps({ ECHO: 'on', WRITE_FORMAT: format }, async (apps) => {
      const { findings, load } = await killWithLag(apps, `lag-${format}`);
      expect(findings).toEqual(nothingWrong(load));
      const restored = await Promise.all(
        apps.map((app) =>
          app.metric('cognigy_session_echo_offered_total{kind="update",result="restored"}'),
        ),
      );
      expect(restored.reduce((sum: number, one) => sum + (one ?? 0), 0)).toBeGreaterThan(100);
    });
  },
);

test('without ECHO the same death loses updates', async () => {
  await withApps({ ECHO: 'off' }, async (apps) => {
    const { findings } = await killWithLag(apps, 'without');
    expect(findings.lost.length).toBeGreaterThan(100);
    expect(findings.back.length).toBeGreaterThan(10);
  });
});

test('a planned failover loses nothing', async () => {
  await withApps({ ECHO: 'on', WRITE_FORMAT: '2' }, async (apps) => {
    const before = await group.master();
    const load = startLoad(apps, 'planned');
    await untilMore(load, 200);
    await untilReplicated(before);
    await group.sentinels[0]?.client.call('SENTINEL', ['FAILOVER', 'mymaster']);
    await load.eraseSome();
    await group.untilReplaced(before);
    const replacedMs = performance.now();
    await untilMore(load, 200);
    await load.stop();
    const findings = await checkRestored(load, apps[0] as RunningApp, replacedMs);
    expect(findings).toEqual(nothingWrong(load));
    await group.untilWhole();
  });
});
