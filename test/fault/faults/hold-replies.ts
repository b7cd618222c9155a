// The answers of a master are held for longer than a command may take, and then delivered.

import { type Fault, never, ON_REDIS } from './fault.ts';
import { fromSidecars } from './network-rules.ts';

export const holdReplies: Fault = {
  name: 'hold-replies',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 1500,
  async strike({ world, shard }) {
    const end = world.network.add({
      concerns: fromSidecars(world, await shard.master()),
      replies: 'hold',
    });
    return async () => end();
  },
};
