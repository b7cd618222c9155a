// The disk under the spool of a sidecar takes nothing more, while the store is away. The ring of
// a spool is made in advance, so on many file systems a full disk does not matter to it. A limit
// on the process is like a disk on which it does, and needs no rights.

import { execFileSync } from 'node:child_process';
import { type Fault, never, ON_REDIS } from './fault.ts';

/** A ring of which no file can be opened counts as full. */
const REASONS = ['failed', 'full'];

export const fillSpoolDisk: Fault = {
  name: 'fill-spool-disk',
  worlds: ON_REDIS,
  mayLose: never,
  needs: { SPOOL: 'on' },
  fillsSpool: true,
  strikesSidecars: true,
  lastsMs: 2500,
  async strike({ sidecar }) {
    const pid = sidecar.pid();
    if (pid === undefined) throw new Error(`${sidecar.name} is down`);
    const failures = async () => {
      const metricOf = await sidecar.metrics();
      const counts = REASONS.map((reason) =>
        metricOf(`cognigy_session_spool_failures_total{reason="${reason}"}`),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    };
    const before = await failures();
    limitFiles(pid, '0');
    return async () => {
      // One that was killed meanwhile has no limit any more.
      if (sidecar.pid() !== pid) return;
      limitFiles(pid, 'unlimited');
      if ((await failures()) === before)
        throw new Error(
          'the spool wrote all it had to: this fault strikes while the store is away',
        );
    };
  },
};

/** Sets how long a file may become by a process's writes. What may be raised again stays. */
function limitFiles(pid: number, bytes: string): void {
  execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:`], { stdio: 'pipe' });
}
