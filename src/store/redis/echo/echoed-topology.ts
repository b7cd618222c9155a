import type { Redis } from 'ioredis';
import type { Server } from '../connection/server.ts';
import type { Topology } from '../connection/topology.ts';
import type { EchoedConnection } from './echo.ts';
import type { MasterWatch } from './watch-masters.ts';

/** What echo needs to know of the masters; nothing is known without a watch. */
export function echoedTopology(
  topology: Topology,
  watch: MasterWatch | undefined,
): EchoedConnection {
  return {
    slotOf: (key) => topology.slotOf?.(key) ?? 0,
    ownerOf(slot) {
      const node = topology.nodeAt ? topology.nodeAt(slot) : topology.nodeOf('');
      return node && watch?.known(node);
    },
    sampleMasters() {
      for (const master of topology.masters()) watch?.sampled(master);
    },
  };
}

/** The part of a server that is about its replication. */
export function sampledServer(
  node: Redis,
  watch: MasterWatch | undefined,
): Pick<Server, 'master' | 'sampledMaster'> {
  return {
    master: () => watch?.known(node),
    sampledMaster: async () => watch?.known(node) ?? (await watch?.sampled(node)),
  };
}
