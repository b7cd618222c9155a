// The whole service in a process of its own, which says how much it has allocated so far.

import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { startTestApp } from '../support/running-app.ts';

export type Counted = {
  /** Bytes that V8's heap has given out since the process started, collected ones included. */
  bytes: number;
  /** Bytes that only a full collection frees. */
  oldBytes: number;
  /** Bytes of buffers, which are freed with the objects that have them. */
  bufferBytes: number;
};

/** What the process is asked for; collections need `--expose-gc`. */
export type Asked = 'count' | 'collect all' | 'collect young';

const { STORE_URL = '' } = process.env;
const { webhook } = await startTestApp({ STORE_URL });

process.on('message', (asked: Asked) => {
  if (asked === 'collect all') globalThis.gc?.();
  if (asked === 'collect young') globalThis.gc?.({ type: 'minor' });
  const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space');
  process.send?.({
    bytes: getHeapStatistics().total_allocated_bytes,
    oldBytes: old?.space_used_size ?? 0,
    bufferBytes: process.memoryUsage().arrayBuffers,
  } satisfies Counted);
});
process.send?.({ webhook });
