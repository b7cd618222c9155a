// A master does what it is asked, and every connection breaks with the answer on its way.

import { type Fault, never, ON_REDIS } from './fault.ts';
import { fromSidecars } from './network-rules.ts';

export const dropReplies: Fault = {
  name: 'drop-replies',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 700,
  async strike({ world, shard }) {
    const end = world.network.add({
      concerns: fromSidecars(world, await shard.master()),
      replies: 'drop',
    });
    return async () => end();
  },
};
