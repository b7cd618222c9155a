// The check of clusters, and of masters under sentinels.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import { startRedisSentinels } from '../support/redis-sentinel.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { FIT, findingsOf, kept, nodesOf } from './store-findings.ts';

describe('a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster({ settings: FIT });
  });
  afterAll(() => cluster?.stop());

  test('is fit with a replica for each master; that all are on one host is warned of', async () => {
    const { ok, wrong } = await findingsOf({ STORE_URL: nodesOf(cluster) });
    expect(ok).toContain('topology');
    expect(ok).toContain('clocks');
    expect(wrong.filter(({ text }) => !/ on 127\.0\.0\.1: | on its own host/.test(text))).toEqual(
      [],
    );
    expect(wrong.every(({ check, level }) => check === 'replicas' && level === 'warning')).toBe(
      true,
    );
    expect(wrong.length).toBe(4);
  });

  test('is warned of where a shard has no replica, and a server does not answer', async () => {
    const [shard] = cluster.shards;
    await shard?.replica.client.cluster('RESET', 'HARD');
    await shard?.master.client.cluster('FORGET', await idOf(shard.replica, shard.master));
    const STORE_URL = `${nodesOf(cluster)},127.0.0.1:1`;
    const { wrong } = await waitFor(async () => {
      const found = await findingsOf({ STORE_URL });
      expect(found.wrong.map(({ text }) => text)).toContain(
        `127.0.0.1:${shard?.master.port}: it has no replica: if it is lost, so are its sessions`,
      );
      return found;
    });
    expect(wrong).toContainEqual({
      ...{ check: 'reach', level: 'warning' },
      text: '127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  async function idOf({ port }: RedisServer, { client }: RedisServer): Promise<string> {
    const nodes = String(await client.cluster('NODES'));
    return (
      nodes
        .split('\n')
        .find((line) => line.includes(`:${port}@`))
        ?.split(' ')[0] ?? ''
    );
  }
});

describe('a master under sentinels', () => {
  test('is fit; one that could not be replaced is not', async () => {
    const group = await kept(startRedisSentinels({ settings: FIT }));
    const { ok, wrong } = await findingsOf({ STORE_URL: group.url });
    expect(wrong).toEqual([]);
    for (const check of ['topology', 'replicas', 'clocks']) expect(ok).toContain(check);

    const [first, second] = group.sentinels;
    const onlyOne = `redis+sentinel://127.0.0.1:${first?.port}/${group.target.name}`;
    expect((await findingsOf({ STORE_URL: onlyOne })).wrong).toMatchObject([
      {
        check: 'topology',
        level: 'warning',
        text: 'STORE_URL names 1 of 3 sentinels: name them all',
      },
      { check: 'replicas', level: 'unfit' },
    ]);
    await second?.kill();
    await group.sentinels[2]?.kill();
    const few = await findingsOf({ STORE_URL: group.url });
    expect(few.wrong).toContainEqual({
      ...{ check: 'replicas', level: 'unfit' },
      text: '1 of 3 sentinels answer, and 2 are needed to replace the master',
    });
  });
});
