// The clocks that measure how old a spooled update is. Nobody sets them, and as long as the machine
// runs they continue from one process to the next. The wall clock is set, so it never decides.
//
// The monotonic clock is exact, and stops while the machine is suspended. The uptime does not stop,
// and has a resolution of a hundredth of a second. So an age is the difference of the one, and
// where they disagree by more than that resolution, of the other.

import { randomUUID } from 'node:crypto';
import { uptime } from 'node:os';

/** One instant on the machine's clocks. */
export type BootInstant = {
  /** Which boot of the machine; never equal if that is not known. */
  bootId: string;
  /** Milliseconds since the boot, without those in which the machine was suspended. */
  monotonicMs: number;
  /** Milliseconds since the boot. */
  uptimeMs: number;
};

/** How long ago something was, at least and at most: Infinity if that is not known. */
export type Age = { leastMs: number; mostMs: number };

export type BootClock = () => BootInstant;

/** A difference of the two clocks that is no suspension: twice the resolution of the uptime, and
 * the time between two readings. */
const GRAIN_MS = 40;
/** The process may be interrupted between two readings; then they are repeated. */
const READING_MAX_MS = 2;
const READINGS_MAX = 5;

/** The clock of the machine that this process runs on. `bootId` is empty if it cannot be read: then
 * only instants of one process can be compared. */
export function createBootClock(bootId: string): BootClock {
  const known = bootId || randomUUID();
  return () => {
    for (let reading = 1; ; reading++) {
      const beforeMs = absoluteMs();
      const uptimeMs = uptime() * 1000;
      const monotonicMs = absoluteMs();
      if (monotonicMs - beforeMs <= READING_MAX_MS || reading === READINGS_MAX)
        return { bootId: known, monotonicMs, uptimeMs };
    }
  };
}

/** The instant so long before another, in which the machine was not suspended. */
export function instantBefore(instant: BootInstant, agoMs: number): BootInstant {
  const { bootId, monotonicMs, uptimeMs } = instant;
  return { bootId, monotonicMs: monotonicMs - agoMs, uptimeMs: uptimeMs - agoMs };
}

/** How long before `now` an instant was; undefined if the two cannot be compared. */
export function ageBetween(then: BootInstant, now: BootInstant): Age | undefined {
  if (then.bootId !== now.bootId) return undefined;
  const runningMs = now.monotonicMs - then.monotonicMs;
  const suspendedMs = now.uptimeMs - then.uptimeMs - runningMs;
  // Containers may have an uptime of their own, or the boot of another machine.
  if (runningMs < 0 || suspendedMs < -GRAIN_MS) return undefined;
  if (suspendedMs <= GRAIN_MS) return { leastMs: runningMs, mostMs: runningMs };
  const ageMs = runningMs + suspendedMs;
  return { leastMs: ageMs - GRAIN_MS, mostMs: ageMs + GRAIN_MS };
}

function absoluteMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
