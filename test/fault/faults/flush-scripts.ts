// A master forgets the scripts, again and again.

import { setTimeout } from 'node:timers/promises';
import { type Fault, never, ON_REDIS } from './fault.ts';

export const flushScripts: Fault = {
  name: 'flush-scripts',
  worlds: ON_REDIS,
  mayLose: never,
  lastsMs: 0,
  async strike({ shard }) {
    const { client } = await shard.master();
    for (let count = 0; count < 10; count++) {
      await client.script('FLUSH');
      await setTimeout(50);
    }
    return async () => {};
  },
};
