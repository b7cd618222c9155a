// Events of expired keys: from every master, also from those that become masters later.

import { randomUUID } from 'node:crypto';
import { Cluster, type Redis } from 'ioredis';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { openConnection } from '../../../../src/store/redis/connection/connection.ts';
import type { ConnectionOptions } from '../../../../src/store/redis/connection/topology.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { startRedisSentinels } from '../../../support/redis-sentinel.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { clusterTarget, standaloneTarget, storeOptions } from '../../../support/redis-store.ts';
import { waitFor } from '../../../support/wait-for.ts';

const FLAGS = 'notify-keyspace-events';
const KEY_LIFE_MS = 20;
const CHECKED_TWICE = /config\|get:calls=([3-9]|\d{2})/;

let expired: string[] = [];
let problems: readonly string[] = [];
afterEach(() => {
  [expired, problems] = [[], []];
});

function follow(target: ConnectionOptions['target'], given: Partial<ConnectionOptions> = {}): void {
  const connection = openConnection({
    ...{ ...storeOptions(target), topologyRefreshMs: 1000, expiryEvents: 'on' },
    onKeyExpired: (key) => expired.push(key),
    onExpiryEventsChecked: (found) => {
      problems = found;
    },
    ...given,
  });
  onTestFinished(() => connection.close());
}

async function server(settings: Record<string, string> = {}): Promise<RedisServer> {
  const started = await startRedisServer({ settings });
  onTestFinished(() => started.stop());
  return started;
}

/** Lets keys expire until one of them is reported: until then nobody may have subscribed. */
async function untilReported(client: Redis | Cluster, nameOf: () => string): Promise<void> {
  const keys: string[] = [];
  await waitFor(async () => {
    const key = nameOf();
    keys.push(key);
    await client.set(key, '', 'PX', KEY_LIFE_MS);
    expect(keys.some((one) => expired.includes(one))).toBe(true);
  });
}

const anyKey = () => `cgs:{${randomUUID()}}`;
const flagsOf = async ({ client }: RedisServer) =>
  ((await client.config('GET', FLAGS)) as string[])[1] ?? '';
const addressOf = ({ host, port }: RedisServer) => `${host}:${port}`;

describe('a server that does not report expired keys', () => {
  test('is named, until it does', async () => {
    const one = await server({ [FLAGS]: 'Kg' });
    follow(standaloneTarget(one));
    const problem = `${addressOf(one)}: ${FLAGS} is "gK", and must have E and x`;
    await waitFor(() => expect(problems).toEqual([problem]));
    expect(await flagsOf(one)).toBe('gK');
    await one.client.config('SET', FLAGS, 'EA');
    await waitFor(() => expect(problems).toEqual([]));
    await untilReported(one.client, anyKey);
  });

  test('is made to where that is asked for, again after a restart; other flags stay', async () => {
    const one = await server({ [FLAGS]: 'Kg' });
    follow(standaloneTarget(one), { expiryEvents: 'enable' });
    await untilReported(one.client, anyKey);
    expect([...(await flagsOf(one))].sort().join('')).toBe('EKgx');
    await one.kill();
    await one.start();
    await untilReported(one.client, anyKey);
    expect(problems).toEqual([]);
  });

  test('and forbids the change is named', async () => {
    const one = await server();
    const rights = ['on', '>pass', '~*', '&*', '+@all', '-config|set'];
    await one.client.call('ACL', ['SETUSER', 'limited', ...rights]);
    const user = { username: 'limited', password: () => 'pass' };
    follow(standaloneTarget(one), { expiryEvents: 'enable', ...user });
    const problem = `${addressOf(one)}: ${FLAGS} could not be read or changed: NOPERM`;
    await waitFor(() => expect(problems.join()).toMatch(problem));
  });
});

test('a server that forbids to subscribe is named', async () => {
  const one = await server({ [FLAGS]: 'Ex' });
  const rights = ['on', '>pass', '~*', 'resetchannels', '+@all'];
  await one.client.call('ACL', ['SETUSER', 'limited', ...rights]);
  follow(standaloneTarget(one), { username: 'limited', password: () => 'pass' });
  const problem = `${addressOf(one)}: the user may not subscribe: NOPERM`;
  await waitFor(() => expect(problems.join()).toMatch(problem));
  // The setting, which is right, is checked again and again.
  await waitFor(async () => expect(await one.client.info('commandstats')).toMatch(CHECKED_TWICE));
  expect(problems.join()).toMatch(problem);
});

test('all masters of a cluster are followed, and those that replace them', async () => {
  const cluster = await startRedisCluster({ settings: { [FLAGS]: 'Ex' } });
  const client = new Cluster(cluster.servers.map(({ host, port }) => ({ host, port })));
  onTestFinished(async () => {
    client.disconnect();
    await cluster.stop();
  });
  follow(clusterTarget(cluster.servers));
  const keysOfShards = await Promise.all(cluster.shards.map((shard) => keysIn(cluster, shard)));
  for (const nameOf of keysOfShards) await untilReported(client, nameOf);

  const [dying, replaced] = cluster.shards;
  await dying?.master.kill();
  await replaced?.replica.client.cluster('FAILOVER');
  for (const nameOf of keysOfShards) await untilReported(client, nameOf);
  expect(problems).toEqual([]);
}, 90_000);

/** Names keys in a shard. */
async function keysIn(
  cluster: RedisCluster,
  shard: RedisCluster['shards'][number],
): Promise<() => string> {
  for (;;) {
    const tag = randomUUID();
    if ((await cluster.shardOf(`{${tag}}`)) === shard) return () => `cgs:{${tag}}:${randomUUID()}`;
  }
}

test('so is the master that the sentinels name after a failover', async () => {
  const group = await startRedisSentinels({ settings: { [FLAGS]: 'Ex' } });
  onTestFinished(() => group.stop());
  follow(group.target);
  const first = await group.master();
  await untilReported(first.client, anyKey);
  await first.kill();
  const next = await group.untilReplaced(first);
  await untilReported(next.client, anyKey);
}, 90_000);
