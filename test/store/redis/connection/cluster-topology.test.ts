// A cluster changes while nobody calls: the client finds out by itself, so that the next call is
// served at once.

import { afterEach, expect, it } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { type RedisServer, startRedisServer } from '../../../support/redis-server.ts';
import { clusterTarget, storeOptions } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server in cluster mode, on its own so far. */
async function startNode(
  settings: Record<string, string> = {},
): Promise<RedisServer & { busPort: number }> {
  const [busPort = 0] = await freePorts(1);
  const server = await startRedisServer({
    settings: {
      'cluster-enabled': 'yes',
      'cluster-port': `${busPort}`,
      'cluster-announce-ip': '127.0.0.1',
      'cluster-require-full-coverage': 'no',
      'repl-diskless-sync-delay': '0',
      'repl-ping-replica-period': '1',
      ...settings,
    },
  });
  cleanups.push(() => server.stop());
  return { ...server, busPort };
}

async function meet(one: RedisServer, other: RedisServer & { busPort: number }): Promise<void> {
  await one.client.call('CLUSTER', ['MEET', other.host, other.port, other.busPort]);
  await until('two servers to know each other', async () => {
    const lists = await Promise.all([one, other].map((server) => server.client.cluster('NODES')));
    return lists.every((list) => /connected/.test(String(list).split('\n')[1] ?? ''))
      ? true
      : undefined;
  });
}

/** Opens a store; answers the addresses that it has connected to, as they come. */
function openTelling(
  nodes: RedisServer[],
  topologyRefreshMs: number,
  onConnectionError: (failure: object) => void = () => {},
): string[] {
  const told: string[] = [];
  const store = createRedisStore({
    ...storeOptions(clusterTarget(nodes)),
    topologyRefreshMs,
    onConnectionError,
    onConnected: ({ address }) => told.push(address),
  });
  cleanups.push(() => store.close());
  return told;
}

const untilTold = (told: string[], { host, port }: RedisServer) =>
  until(`a connection to ${port}`, () => (told.includes(`${host}:${port}`) ? true : undefined));

it('a new master is connected to within the time of a topology refresh', async () => {
  const [first, second] = [await startNode(), await startNode()];
  await first.client.cluster('ADDSLOTSRANGE', 0, 16_382);
  await meet(first, second);
  const told = openTelling([first], 50);
  await untilTold(told, first);
  await second.client.cluster('ADDSLOTS', 16_383);
  await untilTold(told, second);
  expect(told).toHaveLength(2);
});

it('where no known server is left, the given ones are asked again, who may be new', async () => {
  const [master, replica, successor] = [await startNode(), await startNode(), await startNode()];
  await master.client.cluster('ADDSLOTSRANGE', 0, 16_383);
  await successor.client.cluster('ADDSLOTSRANGE', 0, 16_383);
  await meet(master, replica);
  await until('the replica to know its master', async () =>
    String(await replica.client.cluster('REPLICATE', String(await master.client.cluster('MYID')))),
  );
  await until('the master to list its replica', async () => {
    const [range] = (await master.client.cluster('SLOTS')) as unknown[][];
    return range?.length === 4 ? range : undefined;
  });
  await successor.kill();
  const told = openTelling([master, successor], 3_600_000);
  await untilTold(told, master);
  await successor.start();
  await Promise.all([master.kill(), replica.kill()]);
  await untilTold(told, successor);
  const addresses = [master, successor].map(({ host, port }) => `${host}:${port}`);
  expect([...new Set(told)].filter((each) => addresses.includes(each))).toEqual(addresses);
});

it('a server whose name is not known yet is no failure, and is connected to once it is', async () => {
  const named = await startNode({
    'cluster-preferred-endpoint-type': 'hostname',
    'cluster-announce-hostname': '127.0.0.1',
  });
  const nameless = await startNode();
  await named.client.cluster('ADDSLOTSRANGE', 0, 16_382);
  await nameless.client.cluster('ADDSLOTS', 16_383);
  await meet(named, nameless);
  const hosts = async () =>
    String((await named.client.cluster('SLOTS')).map(([, , node]) => node?.[0]));
  await until('both to be masters', async () =>
    (await hosts()) === '127.0.0.1,?' ? true : undefined,
  );
  const failures: object[] = [];
  const told = openTelling([named], 3_600_000, (failure) => failures.push(failure));
  await untilTold(told, named);
  expect(await hosts()).toBe('127.0.0.1,?');
  await nameless.client.config('SET', 'cluster-announce-hostname', '127.0.0.1');
  await untilTold(told, nameless);
  expect(failures).toEqual([]);
});
