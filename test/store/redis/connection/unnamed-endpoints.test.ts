// Clusters whose servers name no host: they are connected to, and resharding is followed.

import { expect, it } from 'vitest';
import type { SessionStore } from '../../../../src/store/session-store.ts';
import { slotToMigrate } from '../../../support/migrating-slot.ts';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.ts';
import { appendOf, clusterTarget, openStore } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept } from './refused-calls.ts';

/** Reached under a name that no server says: ::1 is not listened to, and the servers know
 * 127.0.0.1 alone. */
const ASKED = 'localhost';

async function openAt(cluster: RedisCluster, told: string[] = []): Promise<SessionStore> {
  const nodes = cluster.servers.map(({ port }) => ({ host: ASKED, port }));
  return closing(
    await openStore(
      { kind: 'cluster', nodes },
      {
        topologyRefreshMs: 3_600_000,
        onConnected: ({ address }) => told.push(address),
      },
    ),
  );
}

it.each([
  ['names none at all (NULL)', { 'cluster-preferred-endpoint-type': 'unknown-endpoint' }, ASKED],
  ['has no host names set (?)', { 'cluster-preferred-endpoint-type': 'hostname' }, '127.0.0.1'],
])('a cluster that %s is connected to, on every master', async (_, settings, host) => {
  const cluster = kept(await startRedisCluster({ settings }));
  const told: string[] = [];
  const store = await openAt(cluster, told);
  const masters = cluster.shards.map(({ master }) => `${host}:${master.port}`);
  await until(
    'a connection to each master',
    () => masters.every((each) => told.includes(each)) || undefined,
  );
  const appended = await Promise.all(Array.from({ length: 30 }, () => store.append(appendOf())));
  expect(new Set(appended.map(({ status }) => status))).toEqual(new Set(['stored']));
});

it('a redirection without a host leads to the host that was asked', async () => {
  const settings = { 'cluster-preferred-endpoint-type': 'unknown-endpoint' };
  const cluster = kept(await startRedisCluster({ settings }));
  const told: string[] = [];
  const store = await openAt(cluster, told);
  const slot = await slotToMigrate(cluster, 'moved');
  const [asked, moved] = [slot.nextId(), slot.nextId()];
  await slot.begin();
  expect(await store.append(appendOf({ sessionId: asked }))).toMatchObject({ status: 'stored' });
  await slot.end();
  expect(await store.append(appendOf({ sessionId: moved }))).toMatchObject({ status: 'stored' });
  expect(await store.append(appendOf({ sessionId: asked }))).toMatchObject({
    status: 'stored',
    revision: 2,
  });
  expect(new Set(told.map((address) => address.split(':')[0]))).toEqual(new Set([ASKED]));
});

it('a cluster that names its hosts is connected to as it names them', async () => {
  const cluster = kept(await startRedisCluster());
  const told: string[] = [];
  closing(
    await openStore(clusterTarget(cluster.servers), {
      onConnected: ({ address }) => told.push(address),
    }),
  );
  expect(new Set(told.map((address) => address.split(':')[0]))).toEqual(new Set(['127.0.0.1']));
});
