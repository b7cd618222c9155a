// A master dies, is replaced by a replica, and returns.

import { always, type Fault, ON_REDIS } from './fault.ts';

export const killMaster: Fault = {
  name: 'kill-master',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: 1,
  lastsMs: 0,
  async strike({ shard }) {
    const master = await shard.master();
    await master.kill();
    return async () => {
      await shard.untilReplaced(master);
      await master.start();
    };
  },
};
