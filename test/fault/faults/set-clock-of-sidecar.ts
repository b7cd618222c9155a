// The wall clock of a sidecar is set forward, back, and right again; where the store is a file, the
// clock of all of them, since that is the clock of the machine.

import { setTimeout } from 'node:timers/promises';
import { OFFSETS_MS } from '../world/sidecar-clock.ts';
import { EVERYWHERE, type Fault, never } from './fault.ts';

export const setClockOfSidecar: Fault = {
  name: 'set-clock-of-sidecar',
  worlds: EVERYWHERE,
  mayLose: never,
  // Of two values of one key the one with the later time is kept. A file knows no other clock: by
  // it a lock ends, and an update came before or after an erase.
  mayCause: (world) =>
    world === 'sqlite'
      ? ['overtaken', 'heldTwice', 'withoutLock', 'lost', 'returned']
      : ['overtaken'],
  strikesSidecars: true,
  lastsMs: 0,
  async strike({ world, sidecar }) {
    const struck = world.kind === 'sqlite' ? world.sidecars : [sidecar];
    for (const _ of OFFSETS_MS) {
      for (const { pid } of struck) process.kill(pid() as number, 'SIGUSR2');
      await setTimeout(800);
    }
    return async () => {};
  },
};
