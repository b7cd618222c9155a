// A sidecar dies with requests under way and is started again.

import { EVERYWHERE, type Fault, never } from './fault.ts';

export const killSidecar: Fault = {
  name: 'kill-sidecar',
  worlds: EVERYWHERE,
  mayLose: never,
  strikesSidecars: true,
  lastsMs: 300,
  async strike({ sidecar }) {
    await sidecar.end('SIGKILL');
    return () => sidecar.start();
  },
};
