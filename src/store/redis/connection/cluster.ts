// The connection to a Redis Cluster: one connection to each master, and a map of which master has
// which slot.
//
// The map becomes stale in two ways. A master that works answers MOVED, which is followed at once;
// not by the library, which would send the same bytes to a server with another clock. A master that
// died or hangs answers nothing; then the others are asked, soon and repeatedly, until a replica has
// taken over. Connections to masters are made before they are needed, because the library queues a
// command whose connection is not ready yet. One shard without a master does not affect the others.

import { once } from 'node:events';
import { Cluster, type Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from './connection-failure.ts';
import { gatherWrites } from './gather-writes.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { followPassword, nodeOptions } from './node-options.ts';
import { SLOTS, slotOfKey } from './slot-of-key.ts';
import type { Topology, TopologyOptions } from './topology.ts';
import { completeEndpoints, UNKNOWN_HOST } from './unnamed-endpoints.ts';

/** Bounds how often a cluster in trouble is asked for its masters. */
const LOOK_AGAIN_PAUSE_MS = 100;
const RECONNECT_PAUSE_MS = 100;
const RECONNECT_PAUSE_MAX_MS = 1000;

/** Connects to a cluster through any of the given servers, again and again. */
export function connectCluster(
  nodes: NodeAddress[],
  options: TopologyOptions,
  health: NodeHealth,
): Topology {
  const cluster = new Cluster([...nodes], {
    redisOptions: nodeOptions(options),
    scaleReads: 'master',
    enableOfflineQueue: false,
    enableReadyCheck: false,
    slotsRefreshTimeout: options.connectTimeoutMs,
    slotsRefreshInterval: options.topologyRefreshMs,
    // Each connection looks its host up by itself, and a certificate is checked for the name that
    // was given.
    dnsLookup: (host, found) => found(null, host),
    clusterRetryStrategy: (attempt) =>
      Math.min(attempt * RECONNECT_PAUSE_MS, RECONNECT_PAUSE_MAX_MS),
  });
  cluster.on('node error', (error: Error, address: string) => {
    const node = cluster.nodes().find(({ options: known }) => addressOf(known) === address);
    // A connection that was given up in the middle of a handshake reports that as an error.
    const reason = node && connectionFailure(error, node, options);
    if (reason !== undefined) health.failed(address, reason);
  });
  // It only says that all nodes failed, and each failure was reported above.
  cluster.on('error', () => {});
  cluster.on('+node', (node: Redis) => {
    // A redirection to a server without a name. When the node is removed, the map is read again,
    // which has the server's address.
    if (node.options.host === UNKNOWN_HOST) return node.disconnect();
    const address = addressOf(node.options);
    completeEndpoints(node, {
      onNoSlots: () => health.failed(address, 'the cluster serves no slots yet'),
    });
    followPassword(node, options);
    gatherWrites(node);
    node.on('ready', () => {
      health.connected(address);
      options.onReady(node);
    });
    onEarlyEnd(node, options, (reason) => health.failed(address, reason));
    if (!node.options.readOnly) node.connect().catch(() => {});
  });
  cluster.on('-node', lookAgain);

  let pause: NodeJS.Timeout | undefined;
  function lookAgain(): void {
    if (pause !== undefined) return;
    pause = setTimeout(() => {
      pause = undefined;
      if (cluster.status === 'ready') cluster.refreshSlotsCache(startOverIfLost);
    }, LOOK_AGAIN_PAUSE_MS).unref();
  }

  /** If none of the known servers answers, the configured hosts may have new addresses. */
  function startOverIfLost(error?: Error | null): void {
    if (error && cluster.status === 'ready') cluster.disconnect(true);
  }

  function nodeAt(slot: number): Redis | undefined {
    if (cluster.status !== 'ready') return undefined;
    const address = cluster.slots[slot]?.[0];
    // For a slot that is missing in the map, any server knows where to redirect.
    return address === undefined
      ? cluster.nodes('master')[0]
      : poolOf(cluster).getInstanceByKey(address);
  }

  return {
    nodeOf: (key) => nodeAt(slotOfKey(key)),
    slotOf: slotOfKey,
    nodeAt,
    addressAt: (slot) => cluster.slots[slot]?.[0],
    owns: (address) => cluster.slots.some(([master]) => master === address),
    async redirected({ slot, address: { host, port }, isAsked }, from) {
      const to = { host: host || `${from.options.host}`, port };
      if (!isAsked) {
        cluster.slots[slot] = [addressOf(to), ...(cluster.slots[slot] ?? []).slice(1)];
        lookAgain();
      }
      const pool = poolOf(cluster);
      // A server that redirects to its own address was replaced by another one at that address.
      const isItself = pool.getInstanceByKey(addressOf(to)) === from;
      const node = isItself ? pool.recreate(to) : pool.findOrCreate(to);
      await untilReady(node, options.connectTimeoutMs);
      return node;
    },
    addressOf: (key) => cluster.slots[slotOfKey(key)]?.[0],
    uncoveredSlots: () => SLOTS - cluster.slots.filter((servers) => servers.length > 0).length,
    masters: () => (cluster.status === 'ready' ? cluster.nodes('master') : []),
    lookAgain,
    close: () => cluster.disconnect(),
  };
}

/** The connections of a cluster, by their addresses. ioredis offers no other access to them. */
type ConnectionPool = {
  getInstanceByKey(address: string): Redis | undefined;
  findOrCreate(node: NodeAddress): Redis;
  /** Gives up the connection to an address for a new one. */
  recreate(node: NodeAddress): Redis;
};

function poolOf(cluster: Cluster): ConnectionPool {
  return (cluster as unknown as { connectionPool: ConnectionPool }).connectionPool;
}

async function untilReady(node: Redis, withinMs: number): Promise<void> {
  if (node.status === 'ready') return;
  if (node.status === 'wait') node.connect().catch(() => {});
  await once(node, 'ready', { signal: AbortSignal.timeout(withinMs) });
}
