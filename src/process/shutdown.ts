// How the process ends. The first SIGTERM or SIGINT begins it: the listeners take no more work, and what is in
// flight is answered, since a flow that has posted an update must learn what became of it. That may take
// SHUTDOWN_GRACE_MS and no longer: an orchestrator that has waited long enough kills, and being killed loses
// the log line that says why. Then the process exits, whatever is still open.
//
//   0        everything was answered
//   1        the time was up, or shutting down failed
//   128 + n  a second signal: whoever sent it does not want to wait

import { constants } from 'node:os';
import type { Logger } from '../telemetry/log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export type ShutdownOptions = {
  /** Stops taking work and resolves when all of it is done. */
  shutdown: () => Promise<void>;
  graceMs: number;
  log: Logger;
  /** Ends the process at once. */
  exit: (code: number) => void;
};

/** Ends the process on a signal. */
export function shutDownOnSignal(options: ShutdownOptions): void {
  let asked = false;
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    if (asked) return options.exit(128 + constants.signals[signal]);
    asked = true;
    shutDown(signal, options);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

async function shutDown(signal: string, { shutdown, graceMs, log, exit }: ShutdownOptions): Promise<void> {
  log.info('shutting down', { signal, graceMs });
  setTimeout(() => {
    log.error('shutting down took too long; what was in flight is cut off', { graceMs });
    exit(1);
  }, graceMs);
  try {
    await shutdown();
    log.info('shut down');
    exit(0);
  } catch (error) {
    log.error('shutting down failed', { error });
    exit(1);
  }
}
