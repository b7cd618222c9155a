import type { Random } from '../random.ts';
import { after } from './simulated-network.ts';
import type { Pause, SimulatedClock, Timeline } from './simulated-time.ts';

/** The machine of a sidecar: its monotonic clock, what it does later, and that it may be
 * suspended. */
export type Machine = {
  random: Random;
  nowMs(): number;
  /** Runs something now, or when it is awake again. */
  awake(run: () => void): void;
  /** Runs something once its own clock says so much. */
  at(mineMs: number, run: () => void): void;
  /** Runs something after so long, by true time. */
  afterTrueMs(ms: number, run: () => void): void;
  trueMs(): number;
};

export function createMachine({
  timeline,
  random,
  clock,
  suspensions,
}: {
  timeline: Timeline;
  random: Random;
  clock: SimulatedClock;
  suspensions: readonly Pause[];
}): Machine {
  const machine: Machine = {
    random,
    trueMs: timeline.nowMs,
    nowMs: () => clock.read(timeline.nowMs()),
    awake(run) {
      const trueMs = after(suspensions, timeline.nowMs());
      if (trueMs <= timeline.nowMs()) run();
      else timeline.at(trueMs, () => machine.awake(run));
    },
    at(mineMs, run) {
      timeline.at(clock.whenIs(mineMs) + 1e-6, () =>
        machine.awake(() => (machine.nowMs() < mineMs ? machine.at(mineMs, run) : run())),
      );
    },
    afterTrueMs: (ms, run) => timeline.at(timeline.nowMs() + ms, () => machine.awake(run)),
  };
  return machine;
}
