// A master with its replicas, without anything that would promote one.

import { prepareRedisServer, type RedisServer, type RedisServerOptions } from './redis-server.ts';
import { until } from './until.ts';

export type RedisReplicas = {
  master: RedisServer;
  replicas: RedisServer[];
  stop(): Promise<void>;
};

/** Starts a master with so many replicas, and waits until all of them follow it. */
export async function startRedisReplicas(
  count: number,
  { settings = {}, ...options }: RedisServerOptions = {},
): Promise<RedisReplicas> {
  const all = { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1', ...settings };
  const master = await prepareRedisServer({ ...options, settings: all });
  const following = { ...all, replicaof: `127.0.0.1 ${master.port}` };
  const replicas = await Promise.all(
    Array.from({ length: count }, () => prepareRedisServer({ ...options, settings: following })),
  );
  const stop = async () => {
    await Promise.all([master, ...replicas].map((server) => server.stop()));
  };
  try {
    await master.start();
    await Promise.all(replicas.map((replica) => replica.start()));
    await untilFollowed(master, count);
  } catch (error) {
    await stop();
    throw error;
  }
  return { master, replicas, stop };
}

/** Waits until so many replicas have all that their master has. A master lists a replica as online
 * some time before it begins to send to it; and WAIT counts from the latest write of its own
 * connection, so there is one. */
export async function untilFollowed({ client, port }: RedisServer, count: number): Promise<void> {
  await until(`${count} replicas that follow ${port}`, async () => {
    await client.set('probe of the replication', '', 'PX', 1000);
    return (await client.wait(count, 1000)) >= count ? true : undefined;
  });
}
