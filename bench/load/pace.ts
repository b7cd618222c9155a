// A thread that only keeps time: timers of Node's event loop are whole milliseconds, and late when
// the loop is busy with answers; a wait on memory that nobody changes ends within 0.1 ms.

import { parentPort, workerData } from 'node:worker_threads';

/** When requests are due. `startNs` is a time of process.hrtime.bigint(). */
export type Pacing = { startNs: bigint; requests: number; requestsPerSecond: number };

/** How many requests are due by now. */
export type Paced = number;

const { startNs, requests, requestsPerSecond } = workerData as Pacing;
const unchanged = new Int32Array(new SharedArrayBuffer(4));

for (let due = 0; due < requests; ) {
  const elapsedMs = Number(process.hrtime.bigint() - startNs) / 1e6;
  const waitMs = (due * 1000) / requestsPerSecond - elapsedMs;
  if (waitMs > 0) {
    Atomics.wait(unchanged, 0, 0, waitMs);
    continue;
  }
  due = Math.min(requests, Math.floor((elapsedMs * requestsPerSecond) / 1000) + 1);
  parentPort?.postMessage(due satisfies Paced);
}
