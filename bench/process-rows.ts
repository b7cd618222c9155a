// What the process itself takes: how soon it is ready, at what cost, and its memory.

import { setTimeout as pause } from 'node:timers/promises';
import { startService } from './servers/start.ts';
import { median, type Row, rowOf } from './table/result-table.ts';

const MEBIBYTE = 1024 * 1024;
/** A process that has just started is idle after this time. */
const CALM_AFTER_MS = 1000;

/** Starts the service several times: measures how soon it is ready, and its cost and memory before
 * any work. */
export async function startingRows(
  redis: { port: number },
  { starts }: { starts: number },
): Promise<Row[]> {
  const readyMs: number[] = [];
  const cpuMs: number[] = [];
  const idleBytes: number[] = [];
  for (let start = 0; start < starts; start++) {
    const service = await startService(redis);
    readyMs.push(service.readyAfterMs);
    cpuMs.push(service.cpuSeconds() * 1000);
    await pause(CALM_AFTER_MS);
    idleBytes.push(service.residentBytes());
    await service.stop();
  }
  const note = `${median(cpuMs).toFixed(0)} ms of CPU time`;
  return [
    rowOf('ready after start', readyMs, { unit: ' ms', atMost: 400, note }),
    memoryRow('idle', idleBytes, 90),
  ];
}

/** Resident memory of the process. */
export function memoryRow(when: string, bytes: readonly number[], atMost: number): Row {
  const megabytes = bytes.map((each) => each / MEBIBYTE);
  return rowOf(`memory, ${when}`, megabytes, { unit: ' MB', atMost });
}
