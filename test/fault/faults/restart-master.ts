// A master dies and is started again at once, from its file.

import { always, type Fault, ON_REDIS } from './fault.ts';

export const restartMaster: Fault = {
  name: 'restart-master',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: 1,
  lastsMs: 300,
  async strike({ shard }) {
    const master = await shard.master();
    await master.kill();
    await master.start();
    return async () => {};
  },
};
