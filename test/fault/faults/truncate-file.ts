// A master dies, and the end of its file is missing when it is started again.

import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { always, type Fault, ON_REDIS } from './fault.ts';

export const truncateFile: Fault = {
  name: 'truncate-file',
  worlds: ON_REDIS,
  mayLose: always,
  // The replicas take over what the master has.
  losesReplicated: true,
  failovers: 1,
  lastsMs: 300,
  async strike({ shard, random }) {
    const master = await shard.master();
    await master.kill();
    const folder = join(master.folder, 'appendonlydir');
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'));
    const path = join(folder, file);
    truncateSync(path, Math.max(0, statSync(path).size - random.below(20_000)));
    await master.start();
    return async () => {};
  },
};
