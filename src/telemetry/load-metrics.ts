// The recorders of what clients make the process hold, and of those that were cut for it.

import { Counter, Gauge, type Registry } from 'prom-client';
import { CUT_CAUSES, LISTENERS, PROCESS_METRICS } from './process-metrics-table.ts';

export type CutCause = (typeof CUT_CAUSES)[number];

export type LoadMetrics = {
  /** A client was cut because it met a limit. */
  clientCut(listener: (typeof LISTENERS)[number], cause: CutCause): void;
  /** From now on the metrics show what this budget holds. */
  followBudget(budget: { limitBytes: number; heldBytes(): number }): void;
};

export function createLoadMetrics(registry: Registry): LoadMetrics {
  const registers = [registry];
  const { buffered, bufferedLimit, clientsCut } = PROCESS_METRICS;
  const limit = new Gauge({ name: bufferedLimit.name, help: bufferedLimit.help, registers });
  let heldBytes = () => 0;
  new Gauge({
    name: buffered.name,
    help: buffered.help,
    registers,
    collect() {
      this.set(heldBytes());
    },
  });
  const labelNames = ['listener', 'cause'] as const;
  const cuts = new Counter({ name: clientsCut.name, help: clientsCut.help, labelNames, registers });
  // In the exposition from the start.
  for (const listener of LISTENERS)
    for (const cause of CUT_CAUSES) cuts.inc({ listener, cause }, 0);
  return {
    clientCut: (listener, cause) => cuts.inc({ listener, cause }),
    followBudget(budget) {
      limit.set(budget.limitBytes);
      heldBytes = budget.heldBytes;
    },
  };
}
