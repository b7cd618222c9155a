// Sessions that expire, counted by three sidecars on a cluster whose masters fail over meanwhile.

import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { END_SETS } from '../../src/store/redis/ends/due-ends.ts';
import { startReadyApps, stopApps } from '../support/ready-apps.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { keys } from '../support/redis-store.ts';
import { get, post, type RunningApp } from '../support/running-app.ts';
import { waitFor } from '../support/wait-for.ts';

const SESSIONS = 200;
const LIFE_SECONDS = 6;
const EXPIRED = 'cognigy_session_ended_total{reason="expired"}';

let cluster: RedisCluster;
let client: Cluster;
let apps: RunningApp[];

beforeAll(async () => {
  cluster = await startRedisCluster();
  client = new Cluster(cluster.servers.map(({ host, port }) => ({ host, port })));
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const settings = {
    STORE_URL: `redis+cluster://${nodes}`,
    SESSION_TTL: `${LIFE_SECONDS}s`,
    REQUEST_DEADLINE_MS: '10000',
    STORE_COMMAND_TIMEOUT_MS: '500',
    STORE_TOPOLOGY_REFRESH_MS: '1000',
    EXPIRY_EVENTS: 'on',
  };
  apps = await startReadyApps(3, settings);
});
afterAll(async () => {
  await stopApps(apps);
  client?.disconnect();
  await cluster?.stop();
});

const app = (index: number) => apps[index % apps.length] as RunningApp;
const sum = async (line: string) =>
  (await Promise.all(apps.map((one) => one.metric(line)))).reduce((one, other) => one + other, 0);

/** How many sessions have begun: one that expires before its second update begins again. */
let lives = 0;

async function save(index: number, turn: number): Promise<void> {
  const user = index % 2 === 0 ? { userId: `user-${index}` } : {};
  const body = { sessionId: `session-${index}`, ...user, variables: { [`turn${turn}`]: index } };
  const answer = await post(`${app(index + turn).webhook}/webhook/cognigy/session`, body);
  expect(answer.status).toBe(200);
  if (answer.body.revision === 1) lives += 1;
}

/** How many ends are noted and not counted yet. */
async function noted(): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: END_SETS }, (_, set) => client.zcount(keys.ends(set), '(0', '+inf')),
  );
  return counts.reduce((one, other) => one + other, 0);
}

test('a master that reports no expired keys is named in the readiness', async () => {
  await waitFor(async () => {
    const { body } = await get(`${app(0).admin}/readyz`);
    const named = (body.checks[0].warnings ?? []).filter((line: string) =>
      line.endsWith('notify-keyspace-events is "", and must have E and x'),
    );
    expect(named).toHaveLength(cluster.shards.length);
  });
});

test('each session is counted once, though a master dies and one is replaced', async () => {
  const indexes = Array.from({ length: SESSIONS }, (_, index) => index);
  await Promise.all(indexes.slice(0, 100).map((index) => save(index, 0)));
  await waitFor(async () => expect(await noted()).toBe(100));
  const [dying, replaced] = cluster.shards;
  // A failover promises no more than what the replicas have.
  await Promise.all(cluster.shards.map(({ master }) => master.client.wait(1, 2000)));
  await dying?.master.kill();
  await Promise.all([
    replaced?.replica.client.cluster('FAILOVER'),
    ...indexes.slice(100).map((index) => save(index, 0)),
    // Longer lives for some of them, also of those that began before.
    ...indexes.filter((index) => index % 4 === 0).map((index) => save(index, 1)),
  ]);
  await waitFor(async () => expect(await noted()).toBe(0));
  expect(lives).toBeGreaterThanOrEqual(SESSIONS);
  expect(await sum(EXPIRED)).toBe(lives);
  expect(await sum('cognigy_session_end_notes_lost_total')).toBe(0);
  for (const index of [0, 1, 199]) {
    const { body } = await post(`${app(0).webhook}/webhook/cognigy/restore`, {
      sessionId: `session-${index}`,
    });
    expect(body.found).toBe(false);
  }
  const lines = apps.flatMap(({ logged }) => logged);
  expect(lines.some(({ message }) => message === 'a session has expired')).toBe(true);
  expect(JSON.stringify(lines)).not.toContain('session-199');
}, 120_000);
