// A master dies whose replicas have not received its latest writes, and one of them takes over.

import { setTimeout } from 'node:timers/promises';
import { always, type Fault, ON_REDIS } from './fault.ts';
import { withoutReplication } from './network-rules.ts';

/** For how long nothing is replicated. */
const LAG_MS = 1500;

export const laggingReplica: Fault = {
  name: 'lagging-replica',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: 1,
  lastsMs: 0,
  async strike({ world, shard }) {
    const master = await shard.master();
    const end = world.network.add(withoutReplication(shard, master));
    await setTimeout(LAG_MS);
    await master.kill();
    end('lose');
    return async () => {
      await shard.untilReplaced(master);
      await master.start();
    };
  },
};
