// The whole service in a process of its own, which says how much it has allocated so far.

import { getHeapStatistics } from 'node:v8';
import { startTestApp } from '../support/running-app.ts';

/** Bytes that V8's heap has given out since the process started, collected ones included. */
export type Counted = { bytes: number };

const { STORE_URL = '' } = process.env;
const { webhook } = await startTestApp({ STORE_URL });

process.on('message', () => {
  process.send?.({ bytes: getHeapStatistics().total_allocated_bytes } satisfies Counted);
});
process.send?.({ webhook });
