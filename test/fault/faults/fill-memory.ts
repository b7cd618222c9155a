// A master may take no more memory.

import { type Fault, never, ON_REDIS } from './fault.ts';

export const fillMemory: Fault = {
  name: 'fill-memory',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 1500,
  async strike({ shard }) {
    const { client } = await shard.master();
    await client.config('SET', 'maxmemory', '1');
    return async () => {
      await client.config('SET', 'maxmemory', '0');
    };
  },
};
