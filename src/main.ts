// The process: environment, arguments and signals in, exit code out.
//
// Exit codes: 0 after a signal and a clean end, and for --help; 1 for a failure; 64 for an
// argument; 78 (EX_CONFIG) for a configuration that cannot be used, with every problem on a line of
// its own on standard error.

import { endOnSignal } from './process/shutdown.ts';

endOnSignal();
// Imported only now, since loading takes time, and a signal may arrive meanwhile.
import('./process/start.ts').then(({ start }) =>
  start({
    main: import.meta.filename,
    arguments: process.argv.slice(2),
    environment: process.env,
  }),
);
