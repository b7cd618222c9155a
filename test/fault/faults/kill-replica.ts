// A replica dies and returns.

import { type Fault, never, ON_REDIS } from './fault.ts';

export const killReplica: Fault = {
  name: 'kill-replica',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 1500,
  async strike({ shard, random }) {
    const master = await shard.master();
    const replica = random.pick(shard.servers.filter((server) => server !== master));
    await replica.kill();
    return () => replica.start();
  },
};
