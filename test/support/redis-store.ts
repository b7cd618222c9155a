// Stores on the test servers, opened and ready, and the few things that their tests are built from.

import { randomBytes, randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { NodeAddress } from '../../src/store/redis/connection/node-address.ts';
import type { RedisTarget } from '../../src/store/redis/connection/topology.ts';
import { createRedisStore, type RedisStoreOptions } from '../../src/store/redis/redis-store.ts';
import { createKeys } from '../../src/store/redis/session-key.ts';
import type { Append, SessionStore } from '../../src/store/session-store.ts';
import { until } from './until.ts';

/** Enough ids to lie in every shard. */
const PROBES = 40;

const KEY_PREFIX = 'cgs:';

export const keys = createKeys(KEY_PREFIX);

export function storeOptions(target: RedisTarget): RedisStoreOptions {
  return {
    target,
    keyPrefix: KEY_PREFIX,
    connectTimeoutMs: 1000,
    commandTimeoutMs: 1000,
    topologyRefreshMs: 30_000,
    onConnectionError: () => {},
    onConnected: () => {},
  };
}

export function standaloneTarget(server: NodeAddress = inject('redisStandalone')): RedisTarget {
  return { kind: 'standalone', host: server.host, port: server.port };
}

export function clusterTarget(servers: NodeAddress[] = inject('redisCluster')): RedisTarget {
  return { kind: 'cluster', nodes: servers.map(({ host, port }) => ({ host, port })) };
}

/** Opens a store, and waits until every master serves it. */
export async function openStore(
  target: RedisTarget,
  options: Partial<RedisStoreOptions> = {},
): Promise<SessionStore> {
  const store = createRedisStore({ ...storeOptions(target), ...options });
  await untilServed(store);
  return store;
}

export async function untilServed(store: SessionStore): Promise<void> {
  await until('the store to be served', async () => {
    await store.ping();
    await Promise.all(Array.from({ length: PROBES }, (_, probe) => store.read(`probe ${probe}`)));
    return true;
  });
}

/** A small update that lives for a day, of a session that no other test has, but for what is
 * given. */
export function appendOf(given: Partial<Append> = {}): Append {
  return {
    sessionId: randomUUID(),
    updateId: randomBytes(16).toString('base64url'),
    frame: randomBytes(48),
    flowId: '',
    receivedAtMonotonicMs: performance.now(),
    ttlMs: 86_400_000,
    sessionMaxBytes: 524_288,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
    ...given,
  };
}
