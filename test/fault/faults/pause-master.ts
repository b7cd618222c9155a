// A master hangs, is replaced by a replica, and awakes: what had reached its socket meanwhile runs
// then.

import { always, type Fault, ON_REDIS } from './fault.ts';

export const pauseMaster: Fault = {
  name: 'pause-master',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: 1,
  lastsMs: 0,
  async strike({ shard }) {
    const master = await shard.master();
    master.pause();
    return async () => {
      await shard.untilReplaced(master);
      master.resume();
    };
  },
};
