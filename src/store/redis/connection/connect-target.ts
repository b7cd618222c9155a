import { connectCluster } from './cluster.ts';
import type { NodeHealth } from './node-health.ts';
import { connectThroughSentinels } from './sentinel.ts';
import { connectStandalone } from './standalone.ts';
import type { Topology, TopologyOptions } from './topology.ts';

/** Connects to what the target names, whatever its topology. */
export function connectTarget(options: TopologyOptions, health: NodeHealth): Topology {
  const { target } = options;
  switch (target.kind) {
    case 'standalone':
      return connectStandalone(target, options, health);
    case 'sentinel':
      return connectThroughSentinels(target, options, health);
    case 'cluster':
      return connectCluster(target.nodes, options, health);
  }
}
