// What the process itself takes: how soon it is ready, at what cost, and its memory. As the image
// runs it, from a bundle, next to `npm start`.

import { setTimeout as pause } from 'node:timers/promises';
import { startService } from './servers/start.ts';
import { median, type Row, rowOf } from './table/result-table.ts';

const MEBIBYTE = 1024 * 1024;
/** A process that has just started is idle after this time. */
const CALM_AFTER_MS = 1000;

/** Starts the service several times, bundled and from its sources in turn: measures how soon it is
 * ready, and its cost and memory before any work. */
export async function startingRows(
  redis: { port: number },
  { starts, bundled }: { starts: number; bundled: { main: string } },
): Promise<Row[]> {
  const ofBundle = new Starts();
  const ofSources = new Starts();
  for (let start = 0; start < starts; start++) {
    await ofBundle.add(redis, bundled);
    await ofSources.add(redis);
  }
  const ratios = ofBundle.cpuMs.map((ms, start) => ms / (ofSources.cpuMs[start] ?? ms));
  const cpu = (of: Starts) => `${median(of.cpuMs).toFixed(0)} ms`;
  return [
    rowOf('bundle: ready after start', ofBundle.readyMs, { unit: ' ms', atMost: 400 }),
    rowOf('bundle: CPU to ready, of npm start', ratios, {
      ...{ unit: '', atMost: 0.45, note: `${cpu(ofBundle)} of ${cpu(ofSources)}` },
    }),
    memoryRow('bundle, idle', ofBundle.idleBytes, 90),
    memoryRow('npm start, idle', ofSources.idleBytes),
  ];
}

/** What was measured of several starts. */
class Starts {
  readonly readyMs: number[] = [];
  readonly cpuMs: number[] = [];
  readonly idleBytes: number[] = [];

  async add(redis: { port: number }, options: { main?: string } = {}): Promise<void> {
    const service = await startService(redis, options);
    this.readyMs.push(service.readyAfterMs);
    this.cpuMs.push(service.cpuSeconds() * 1000);
    await pause(CALM_AFTER_MS);
    this.idleBytes.push(service.residentBytes());
    await service.stop();
  }
}

/** Resident memory of the process. */
export function memoryRow(when: string, bytes: readonly number[], atMost?: number): Row {
  const megabytes = bytes.map((each) => each / MEBIBYTE);
  return rowOf(`memory, ${when}`, megabytes, { unit: ' MB', ...(atMost && { atMost }) });
}
