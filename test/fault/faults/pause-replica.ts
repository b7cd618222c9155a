// A replica hangs for a while.

import { type Fault, never, ON_REDIS } from './fault.ts';

export const pauseReplica: Fault = {
  name: 'pause-replica',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 2500,
  async strike({ shard, random }) {
    const master = await shard.master();
    const replica = random.pick(shard.servers.filter((server) => server !== master));
    replica.pause();
    return async () => replica.resume();
  },
};
