// The clock of a master is set forward, back, and right again. Needs `--clocks`.

import { setTimeout } from 'node:timers/promises';
import { type Fault, never, ON_CLUSTER } from './fault.ts';

const OFFSETS_MS = [30_000, -30_000, 0];

export const setClockOfStore: Fault = {
  name: 'set-clock-of-store',
  worlds: ON_CLUSTER,
  mayLose: never,
  // By this clock a lock ends, and an update came before or after an erase.
  mayCause: () => ['heldTwice', 'withoutLock', 'lost', 'returned'],
  lastsMs: 0,
  async strike({ world, shard }) {
    const { setClock } = world;
    if (setClock === undefined) throw new Error('the clocks of this store cannot be set: --clocks');
    const master = await shard.master();
    for (const offsetMs of OFFSETS_MS) {
      setClock(master, offsetMs);
      await setTimeout(1500);
    }
    return async () => {};
  },
};
