// The process that generates load: one load at a time, on request of the bench.

import { runHttp1Load } from './http1.ts';
import { runHttp2Load } from './http2.ts';
import type { Load, LoadEnded, LoadResult } from './load.ts';
import { runOpenLoad } from './open.ts';

const NONE = new Float64Array();

process.on('message', async (load: Load) => {
  const ended: LoadEnded = await run(load).catch((error: Error) => ({ failure: error.message }));
  process.send?.(ended);
});

async function run(load: Load): Promise<LoadResult> {
  const startedMs = performance.now();
  const { latenciesMs = NONE, latenessMs = NONE } = (await runnerOf(load)(load)) ?? {};
  return { seconds: (performance.now() - startedMs) / 1000, latenciesMs, latenessMs };
}

function runnerOf({ protocol, requestsPerSecond }: Load) {
  if (requestsPerSecond !== undefined) return runOpenLoad;
  return protocol === 'http1' ? runHttp1Load : runHttp2Load;
}
