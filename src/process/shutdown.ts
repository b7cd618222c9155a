// How the process ends. Until anything is served, SIGTERM and SIGINT end it at once: nothing is in
// flight, and whatever a later start finds it can use. From then on the first one begins to shut
// down: the listeners take no more work, and what is in flight is answered, since a flow that has
// posted an update must learn what became of it. That may take SHUTDOWN_GRACE_MS and no longer: an
// orchestrator that has waited long enough kills, and being killed loses the log line that says
// why. Then the process exits, whatever is still open.
//
//   0        everything was answered, or nothing was asked yet
//   1        the time was up, or shutting down failed
//   128 + n  a second signal: whoever sent it does not want to wait
//
// The first process of a container gets no signal that it does not handle: the kernel drops it, and
// the orchestrator waits in vain. So handling them is the first thing that the process does, in
// both of its starts. Lost all the same, there and nowhere else, are signals that come while Node
// itself begins, before any of our code; and, anywhere, one in the instant between the last look
// and the second start, which forgets what Node has caught and not told yet.

import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Lets a signal end the process at once, until `shutDownOnSignal`. */
export function endOnSignal(): void {
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
}

/** Resolves once every signal that has come was acted on. Node looks for them between two turns
 * of its loop. */
export async function heedSignals(): Promise<void> {
  await nextTurn();
  // What came in the turn of the call may have come after its look.
  await nextTurn();
}

export type ShutdownOptions = {
  /** Stops taking work and resolves when all of it is done. */
  shutdown: () => Promise<void>;
  graceMs: number;
  log: Logger;
  /** Ends the process at once. */
  exit: (code: number) => void;
};

/** Lets a signal shut the service down. */
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
