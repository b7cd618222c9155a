// The connection to a Redis Cluster: one connection to each master, and a map of who has which slot.
//
// The map goes stale in two ways. A master that lives answers MOVED, which the client follows at once. One
// that died or hangs answers nothing; then the others are asked, soon and again, until a replica has taken
// over. Connections to masters are made ahead of need, because a command that met a connection in the making
// would be queued for it. One shard without a master costs the others nothing.

import { Cluster, type Redis } from 'ioredis';
import { connectionFailure, onEarlyEnd } from './connection-failure.ts';
import { gatherWrites } from './gather-writes.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeHealth } from './node-health.ts';
import { followPassword, nodeOptions } from './node-options.ts';
import { slotOfKey } from './slot-of-key.ts';
import type { ConnectionOptions, Topology } from './topology.ts';
import { completeEndpoints, UNKNOWN_HOST } from './unnamed-endpoints.ts';

/** MOVED and ASK of a resharding; a map that is right needs none. */
const REDIRECTIONS_MAX = 5;
const TRYAGAIN_PAUSE_MS = 20;
/** Bounds how often a cluster in trouble is asked for its masters. */
const LOOK_AGAIN_PAUSE_MS = 100;
const RECONNECT_PAUSE_MS = 100;
const RECONNECT_PAUSE_MAX_MS = 1000;

/** Connects to a cluster through any of the given servers, again and again. */
export function connectCluster(
  nodes: NodeAddress[],
  options: ConnectionOptions,
  health: NodeHealth,
): Topology {
  const cluster = new Cluster([...nodes], {
    redisOptions: nodeOptions(options),
    scaleReads: 'master',
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRedirections: REDIRECTIONS_MAX,
    retryDelayOnTryAgain: TRYAGAIN_PAUSE_MS,
    // These two would send a command again after a pause, with an age that is no longer true.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: options.connectTimeoutMs,
    slotsRefreshInterval: options.topologyRefreshMs,
    // Each connection looks its host up by itself, and a certificate is checked for the name that was given.
    dnsLookup: (host, found) => found(null, host),
    clusterRetryStrategy: (attempt) => Math.min(attempt * RECONNECT_PAUSE_MS, RECONNECT_PAUSE_MAX_MS),
  });
  cluster.on('node error', (error: Error, address: string) => {
    const node = cluster.nodes().find(({ options: known }) => addressOf(known) === address);
    // Who was given up in the middle of a handshake reports that as an error.
    const reason = node && connectionFailure(error, node, options);
    if (reason !== undefined) health.failed(address, reason);
  });
  // Says no more than that all nodes failed, and each was told of above.
  cluster.on('error', () => {});
  cluster.on('+node', (node: Redis) => {
    // A redirection to a server without a name: the end of this has the map looked at again, which has its address.
    if (node.options.host === UNKNOWN_HOST) return node.disconnect();
    const address = addressOf(node.options);
    completeEndpoints(node, { onNoSlots: () => health.failed(address, 'the cluster serves no slots yet') });
    followPassword(node, options);
    gatherWrites(node);
    node.on('ready', () => health.connected(address));
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

  /** Where none of the known servers answers, the given ones may have new addresses. */
  function startOverIfLost(error?: Error | null): void {
    if (error && cluster.status === 'ready') cluster.disconnect(true);
  }

  return {
    client: () => cluster,
    addressOf: (key) => cluster.slots[slotOfKey(key)]?.[0],
    masters: () => (cluster.status === 'ready' ? cluster.nodes('master') : []),
    lookAgain,
    close: () => cluster.disconnect(),
  };
}
