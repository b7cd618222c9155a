// A master is cut off from all servers and sentinels, but not from the sidecars: it continues to
// acknowledge until they leave it.

import { partyOf } from '../world/world.ts';
import { always, type Fault, ON_REDIS } from './fault.ts';

export const isolateMaster: Fault = {
  name: 'isolate-master',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: 1,
  lastsMs: 0,
  async strike({ world, shard }) {
    const master = await shard.master();
    const isolated = partyOf(master);
    const sidecars = new Set(world.sidecars.map(({ name }) => name));
    const end = world.network.add({
      concerns: ({ from, to }) =>
        (to === isolated && !sidecars.has(from ?? '')) || (from === isolated && to !== isolated),
      requests: 'hold',
      replies: 'hold',
    });
    return async () => {
      await shard.untilReplaced(master);
      end();
    };
  },
};
