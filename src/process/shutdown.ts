// How the process ends. Until the service accepts requests, SIGTERM and SIGINT end it at once:
// nothing is in flight, and a later start can use everything that was created. From then on the
// first signal starts the shutdown: the listeners accept no more work, and requests in flight are
// answered, since a flow that has posted an update must learn the outcome. That may take up to
// SHUTDOWN_GRACE_MS: after its own limit an orchestrator kills the process, and then the log line
// with the reason would be missing. After the grace period the process exits, even if something is
// still open.
//
//   0        all requests were answered, or there were none yet
//   1        the grace period was exceeded, or the shutdown failed
//   128 + n  a second signal: its sender does not want to wait
//   137      the disk or a name server does not answer (exit-despite-blocked.ts)
//
// The first process of a container only gets signals that it handles: the kernel drops all others,
// and the orchestrator waits in vain. So the process installs its handlers first, in both of its
// starts. Two gaps remain: in a container, signals that arrive while Node itself starts, before any
// of our code runs; and everywhere, a signal in the instant between the last check and the second
// start, because Node has caught it but not delivered it yet.

import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Makes a signal end the process at once, until `shutDownOnSignal` is called. */
export function endOnSignal(): void {
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
}

/** Resolves after all signals that have arrived were handled. Node delivers them between two turns
 * of its event loop. */
export async function handlePendingSignals(): Promise<void> {
  await nextTurn();
  // A signal of the current turn may have arrived after Node checked for signals.
  await nextTurn();
}

export type ShutdownOptions = {
  /** Stops accepting work and resolves when all of it is done. */
  shutdown: () => Promise<void>;
  graceMs: number;
  log: Logger;
  /** Ends the process, within a moment. */
  exit: (code: number) => void;
};

/** Makes a signal shut the service down. */
export function shutDownOnSignal(options: ShutdownOptions): void {
  let asked = false;
  const onSignal = (signal: (typeof SIGNALS)[number]) => {
    if (asked) return options.exit(128 + constants.signals[signal]);
    asked = true;
    shutDown(signal, options);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal).off(signal, endAtOnce);
}

function endAtOnce(): void {
  process.exit(0);
}

async function shutDown(
  signal: string,
  { shutdown, graceMs, log, exit }: ShutdownOptions,
): Promise<void> {
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
