// A process that sweeps the ends of sessions until it is killed, and prints the id of each session
// whose end it reports. Run with the port of a server.

import { writeSync } from 'node:fs';
import { openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { SPEED } from './speed.ts';

const [, , port = ''] = process.argv;
await openStore(standaloneTarget({ host: '127.0.0.1', port: Number(port) }), {
  ends: { speed: SPEED },
  onEnded: ({ sessionId }) => void writeSync(1, `${sessionId}\n`),
});
setInterval(() => {}, 60_000);
