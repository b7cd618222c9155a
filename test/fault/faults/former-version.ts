// A sidecar of the former version takes the place of one for a while.

import { EVERYWHERE, type Fault, never } from './fault.ts';

export const formerVersion: Fault = {
  name: 'former-version',
  worlds: EVERYWHERE,
  mayLose: never,
  strikesSidecars: true,
  lastsMs: 2000,
  async strike({ sidecar, former }) {
    await sidecar.end('SIGTERM');
    await sidecar.start(former());
    return async () => {
      await sidecar.end('SIGTERM');
      await sidecar.start();
    };
  },
};
