// Three masters die and return, one after the other: of a cluster one of each shard.

import { always, type Fault, ON_REDIS } from './fault.ts';

const DEATHS = 3;

export const killMasters: Fault = {
  name: 'kill-masters',
  worlds: ON_REDIS,
  mayLose: always,
  failovers: DEATHS,
  strikesAll: true,
  lastsMs: 0,
  async strike({ world }) {
    for (let count = 0; count < DEATHS; count++) {
      const shard = world.shards[count % world.shards.length];
      const master = await shard?.master();
      if (shard === undefined || master === undefined) throw new Error('there is no master');
      await master.kill();
      await shard.untilReplaced(master);
      await master.start();
      await world.untilWhole();
    }
    return async () => {};
  },
};
