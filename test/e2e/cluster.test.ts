// The service on a Redis Cluster of its own: writers that collide, and masters that die.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReadyApps, stopApps } from '../support/ready-apps.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { keys } from '../support/redis-store.ts';
import { get, post, type RunningApp } from '../support/running-app.ts';

let cluster: RedisCluster;
let apps: RunningApp[];

beforeAll(async () => {
  cluster = await startRedisCluster();
  const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const settings = {
    STORE_URL: `redis+cluster://${nodes}`,
    REQUEST_DEADLINE_MS: '8000',
    STORE_COMMAND_TIMEOUT_MS: '500',
  };
  apps = await startReadyApps(4, settings);
});
afterAll(async () => {
  await stopApps(apps);
  await cluster?.stop();
});

const app = (index: number) => apps[index % apps.length] as RunningApp;
const update = (index: number, body: object) =>
  post(`${app(index).webhook}/webhook/cognigy/session`, body);
const restore = async (index: number, body: object) =>
  (await post(`${app(index).webhook}/webhook/cognigy/restore`, body)).body;

describe('many writers of one session', () => {
  test('through four sidecars lose no update', async () => {
    const sessionId = 'crowded';
    const writers = Array.from({ length: 64 }, (_, writer) =>
      update(writer, {
        sessionId,
        variables: { [`writer${writer}`]: writer },
        context: { filler: 'x'.repeat(500) },
      }),
    );
    const answers = await Promise.all(writers);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.revision)).size).toBe(64);
    const { variables, revision, outcome } = await restore(1, { sessionId });
    expect([Object.keys(variables).length, revision, outcome]).toEqual([64, 64, 'intact']);
  });

  test('never let frames pile up', async () => {
    const sessionId = 'chatty';
    for (let turn = 0; turn < 150; turn++) {
      // Without a counter, updates that two sidecars receive within one millisecond are in no
      // order.
      await update(turn, {
        sessionId,
        execution: turn + 1,
        variables: { turn, filler: 'x'.repeat(400) },
      });
    }
    const { body } = await get(`${app(0).webhook}/api/v1/state/${sessionId}`);
    expect(body.variables.turn).toBe(149);
    expect(body.frames.length).toBeLessThan(40);
    expect(body.deltaBytes).toBeLessThan(16 * 1024);
  });
});

describe('a master that dies', () => {
  test('is ridden out within the deadline, and nothing that was acknowledged before is lost', async () => {
    const sessionId = 'failover';
    await update(0, { sessionId, userId: 'user-failover', variables: { before: true } });
    const { master } = await cluster.shardOf(keys.session(sessionId));
    // The replica has it before the master dies: a failover promises no more than that.
    await master.client.wait(1, 2000);
    await master.kill();
    const during = await Promise.all([
      update(1, { sessionId, variables: { during: 1 } }),
      update(2, { sessionId, variables: { also: 2 } }),
    ]);
    expect(during.map(({ status }) => status)).toEqual([200, 200]);
    expect(await restore(3, { sessionId })).toMatchObject({
      variables: { before: true, during: 1, also: 2 },
      outcome: 'intact',
      revision: 3,
    });
  });

  test('leaves sessions of other shards alone', async () => {
    const { shards } = cluster;
    const last = shards.at(-1);
    if (!last) throw new Error('no shard');
    const others: string[] = [];
    for (let index = 0; others.length < 6; index++) {
      const sessionId = `other-${index}`;
      if ((await cluster.shardOf(keys.session(sessionId))) !== last) others.push(sessionId);
    }
    for (const sessionId of others) await update(0, { sessionId });
    await last.master.kill();
    for (const [index, sessionId] of others.entries()) {
      const startedMs = performance.now();
      expect((await update(index, { sessionId, variables: { index } })).status).toBe(200);
      expect(performance.now() - startedMs).toBeLessThan(1000);
    }
  });
});
