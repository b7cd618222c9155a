// A master goes on without its replicas, which do not replace it.

import { type Fault, never, ON_REDIS } from './fault.ts';
import { withoutReplication } from './network-rules.ts';

export const cutMasterFromReplicas: Fault = {
  name: 'cut-master-from-replicas',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 2500,
  async strike({ world, shard }) {
    const end = world.network.add(withoutReplication(shard, await shard.master()));
    return async () => end();
  },
};
