// A password that is replaced while the service runs: the next connection logs in with the new one.

import { expect, it } from 'vitest';
import { startRedisCluster } from '../../../support/redis-cluster.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import {
  appendOf,
  clusterTarget,
  openStore,
  standaloneTarget,
  untilServed,
} from '../../../support/redis-store.ts';

it('logs in again with the password of that time, at one server', async () => {
  const server = await startRedisServer({ settings: { requirepass: 'old password' } });
  let password = 'old password';
  const store = await openStore(standaloneTarget(server), { password: () => password });
  await server.client.config('SET', 'requirepass', 'new password');
  await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const refused = await store.append(appendOf()).then(
    () => 'answered',
    (error: Error) => error.message,
  );
  expect(refused).toMatch(/NOAUTH|WRONGPASS|not connected|closed/i);
  password = 'new password';
  await untilServed(store);
  await store.close();
  await server.stop();
});

it('logs in again with the password of that time, at every node of a cluster', async () => {
  const cluster = await startRedisCluster();
  let password = '';
  const store = await openStore(clusterTarget(cluster.servers), { password: () => password });
  for (const { client } of cluster.servers) {
    await client.config('SET', 'masterauth', 'new password');
    await client.config('SET', 'requirepass', 'new password');
  }
  password = 'new password';
  for (const { client } of cluster.servers)
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await untilServed(store);
  expect(await store.append(appendOf())).toMatchObject({ status: 'stored' });
  await store.close();
  await cluster.stop();
});
