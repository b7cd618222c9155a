// One standalone server and one cluster for the whole run. Tests that kill or reconfigure servers
// start their own.

import type { TestProject } from 'vitest/node';
import { startRedisCluster } from './redis-cluster.ts';
import { startRedisServer } from './redis-server.ts';

type Address = { host: string; port: number };

declare module 'vitest' {
  export interface ProvidedContext {
    redisStandalone: Address;
    /** Three masters, then their replicas. */
    redisCluster: Address[];
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const standalone = await startRedisServer();
  const cluster = await startRedisCluster().catch(async (error) => {
    await standalone.stop();
    throw error;
  });
  project.provide('redisStandalone', { host: standalone.host, port: standalone.port });
  project.provide(
    'redisCluster',
    cluster.servers.map(({ host, port }) => ({ host, port })),
  );
  return async () => {
    await Promise.all([standalone.stop(), cluster.stop()]);
  };
}
