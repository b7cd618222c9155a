// Every answer of a master takes a while.

import { type Fault, never, ON_REDIS } from './fault.ts';
import { fromSidecars } from './network-rules.ts';

export const slowStore: Fault = {
  name: 'slow-store',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 2000,
  async strike({ world, shard, random }) {
    const end = world.network.add({
      concerns: fromSidecars(world, await shard.master()),
      replies: 50 + random.below(250),
    });
    return async () => end();
  },
};
