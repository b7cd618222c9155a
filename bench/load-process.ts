// The process that generates load: one load at a time, on request of the bench.

import { runHttp1Load } from './http1-load.ts';
import { runHttp2Load } from './http2-load.ts';
import type { Load, LoadEnded } from './load.ts';

process.on('message', async (load: Load) => {
  const ended: LoadEnded = await (load.protocol === 'http1' ? runHttp1Load : runHttp2Load)(
    load,
  ).then(
    () => ({}),
    (error: Error) => ({ failure: error.message }),
  );
  process.send?.(ended);
});
