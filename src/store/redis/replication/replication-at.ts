import type { NodeClocks } from '../clock/node-clocks.ts';
import type { ConnectionOptions, Topology } from '../connection/topology.ts';
import { createReplicaCount } from './replica-count.ts';
import { createReplication, type Replication } from './replication.ts';

/** How the masters of a topology wait for replicas; undefined where no write does. */
export function replicationAt(
  { configuredReplicas }: Topology,
  parts: { options: ConnectionOptions; clocks: NodeClocks; nowMonotonicMs: () => number },
): Replication | undefined {
  const { options, clocks, nowMonotonicMs } = parts;
  const { level, replicas } = options.durability ?? { level: 'stored', replicas: 0 };
  if (level === 'stored') return undefined;
  const required = { required: replicas, configured: configuredReplicas, nowMonotonicMs };
  return createReplication(options, {
    level,
    replicaCount: createReplicaCount(required),
    clockOf: (client) => clocks.known(client),
    readClock: (client) => clocks.of(client),
  });
}
