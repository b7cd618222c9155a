// Every sidecar is shut down and started again, one after the other.

import { EVERYWHERE, type Fault, never } from './fault.ts';

export const restartSidecars: Fault = {
  name: 'restart-sidecars',
  worlds: EVERYWHERE,
  mayLose: never,
  strikesSidecars: true,
  lastsMs: 0,
  async strike({ world }) {
    for (const sidecar of world.sidecars) {
      await sidecar.end('SIGTERM');
      await sidecar.start();
    }
    return async () => {};
  },
};
