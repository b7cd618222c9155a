// A sidecar hangs for longer than its locks and its requests may last, and awakes.

import { EVERYWHERE, type Fault, never } from './fault.ts';

export const pauseSidecar: Fault = {
  name: 'pause-sidecar',
  worlds: EVERYWHERE,
  mayLose: never,
  losesNotes: true,
  strikesSidecars: true,
  lastsMs: 3500,
  async strike({ sidecar }) {
    sidecar.pause();
    return async () => sidecar.resume();
  },
};
