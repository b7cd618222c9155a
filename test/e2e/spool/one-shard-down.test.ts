// A cluster of which one shard is down, master and replica: its updates are spooled, the others do
// not notice; and a note in its index is spooled while its session is stored elsewhere.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisCluster, type Shard, startRedisCluster } from '../../support/redis-cluster.ts';
import { keys } from '../../support/redis-store.ts';
import { get, post, type RunningApp, startTestApp } from '../../support/running-app.ts';
import { sessionIdIn } from '../../support/shard-ids.ts';
import { until } from '../../support/until.ts';

/** Generous: a busy machine must not look like a shard that is down. */
const SPOOL_AFTER_MS = 2500;
const TURNS = 3;

let cluster: RedisCluster;
let app: RunningApp;

beforeAll(async () => {
  cluster = await startRedisCluster({
    settings: {
      ...{ appendonly: 'yes', appendfsync: 'always' },
      'cluster-require-full-coverage': 'no',
    },
  });
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  app = await startTestApp({
    STORE_URL: `redis+cluster://${nodes}`,
    ...{ SPOOL: 'on', SPOOL_MAX_BYTES: '16777216', SPOOL_AFTER_MS: `${SPOOL_AFTER_MS}` },
    REQUEST_DEADLINE_MS: '8000',
  });
  await until('a store', async () =>
    (await update({ sessionId: 'probe' })).status === 200 ? true : undefined,
  );
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await cluster?.stop();
});

const update = (body: object) => post(`${app.webhook}/webhook/cognigy/session`, body);
const restore = async (body: object) => post(`${app.webhook}/webhook/cognigy/restore`, body);

async function idsIn(shard: Shard, name: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let place = 0; place < count; place++)
    ids.push(await sessionIdIn(cluster, shard, `${name}-${place}`));
  return ids;
}

test('its sessions are spooled and come back; the others are stored as before', async () => {
  const [dead, healthy] = cluster.shards as [Shard, Shard];
  const [lost, kept] = [await idsIn(dead, 'lost', 10), await idsIn(healthy, 'kept', 10)];
  for (const sessionId of [...lost, ...kept]) await update({ sessionId, variables: { a: 0 } });
  const ownerOfNote = await userIn(dead);

  await Promise.all([dead.master.kill(), dead.replica.kill()]);
  const slowest = { lost: 0, kept: 0 };
  const write = async (turn: number, sessionId: string, name: 'lost' | 'kept') => {
    const startedMs = performance.now();
    const { status, body } = await update({ sessionId, variables: { [`v${turn}`]: turn } });
    // In the first turn it is found out that the shard is down.
    if (turn > 1) slowest[name] = Math.max(slowest[name], performance.now() - startedMs);
    expect([name, status, body.durability]).toEqual(
      name === 'lost' ? [name, 202, 'spooled'] : [name, 200, 'stored'],
    );
  };
  for (let turn = 1; turn <= TURNS; turn++) {
    const spooled = Promise.all(lost.map((sessionId) => write(turn, sessionId, 'lost')));
    for (const sessionId of kept) await write(turn, sessionId, 'kept');
    await spooled;
  }
  expect(slowest.kept).toBeLessThan(SPOOL_AFTER_MS);
  // A server that refuses connections is not waited for.
  expect(slowest.lost).toBeLessThan(SPOOL_AFTER_MS);

  const noted = await sessionIdIn(cluster, healthy, 'noted');
  expect(await update({ sessionId: noted, userId: ownerOfNote })).toMatchObject({
    ...{ status: 200, body: { durability: 'stored' } },
  });
  expect(await app.metric('cognigy_session_spooled_total{kind="note"}')).toBe(1);
  expect((await restore({ sessionId: lost[0] })).status).toBe(503);
  expect((await restore({ sessionId: kept[0] })).body).toMatchObject({
    found: true,
    revision: TURNS + 1,
  });

  await Promise.all([dead.master.start(), dead.replica.start()]);
  await until('the spool to be empty', async () => {
    const [, { rows }] = (await get(`${app.admin}/readyz`)).body.checks;
    return rows === 0 ? true : undefined;
  });
  for (const sessionId of [...lost, ...kept]) {
    const { body } = await restore({ sessionId });
    expect(body).toMatchObject({ found: true, outcome: 'intact', revision: TURNS + 1 });
    expect(body.variables).toEqual({ a: 0, v1: 1, v2: 2, v3: 3 });
  }
  expect((await restore({ userId: ownerOfNote })).body).toMatchObject({ sessionId: noted });
}, 180_000);

/** A user whose index lies in that shard. */
async function userIn(shard: Shard): Promise<string> {
  for (let place = 0; place < 200; place++)
    if ((await cluster.shardOf(keys.user(`user-${place}`))) === shard) return `user-${place}`;
  throw new Error('no user lies in the shard');
}
