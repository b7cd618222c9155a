// What follows from a command that failed, or could not be sent: the masters are looked up again, the
// failure counts for the master's circuit breaker, and the caller learns why.

import type { StoreUnavailable } from '../../session-store.ts';
import { askMaster } from './ask-master.ts';
import type { Circuits } from './circuit.ts';
import { isTimeout, isUnreachable, NOT_CONNECTED } from './failure-reason.ts';
import type { NodeHealth } from './node-health.ts';
import type { Refusals } from './refusals.ts';
import type { Topology } from './topology.ts';

const NO_CONNECTION = new Error(NOT_CONNECTED);

export type CommandFailures = {
  /** Why nothing can be sent where there is no connection to the master. */
  withoutNode(operation: string, address: string | undefined): StoreUnavailable;
  /** Throws at once where the master has not answered several times. */
  refuseIfOpen(operation: string, address: string): void;
  /** Counts the failure of a command at a master. */
  noteFailure(address: string, error: unknown): void;
  /** What the caller learns of it. `key` is left out of its text. */
  failed(
    operation: string,
    failure: { error: unknown; key?: string; address: string | undefined },
  ): StoreUnavailable;
};

export function createCommandFailures({
  topology,
  health,
  circuits,
  refusals,
}: {
  topology: Topology;
  health: NodeHealth;
  circuits: Circuits;
  refusals: Refusals;
}): CommandFailures {
  return { withoutNode, refuseIfOpen, noteFailure, failed };

  function withoutNode(operation: string, address: string | undefined): StoreUnavailable {
    topology.lookAgain();
    if (address !== undefined) {
      refuseIfOpen(operation, address);
      noteFailure(address, NO_CONNECTION);
    }
    return refusals.unavailable(operation, health.failures(address), { isUnsent: true });
  }

  function refuseIfOpen(operation: string, address: string): void {
    if (circuits.areQuiet()) return;
    const reason = circuits.refusal(address);
    if (reason === undefined) return;
    topology.lookAgain();
    throw refusals.unavailable(operation, [{ address, reason }], { isCutOff: true });
  }

  function noteFailure(address: string, error: unknown): void {
    // Or why there is no connection: a timeout ends it, and a frozen master accepts no other.
    const reason = refusals.failuresOf(error, address)[0]?.reason ?? '';
    if (isTimeout(reason) || isUnreachable(reason))
      circuits.unanswered(address, reason, () => askMaster(topology, address));
    else if (error instanceof Error && error.name === 'ReplyError') circuits.answered(address);
  }

  function failed(
    operation: string,
    { error, key, address }: { error: unknown; key?: string; address: string | undefined },
  ): StoreUnavailable {
    topology.lookAgain();
    const isUnsent = error instanceof Error && error.message === NOT_CONNECTED;
    return refusals.unavailable(operation, refusals.failuresOf(error, address), {
      ...(key !== undefined && { key }),
      isUnsent,
    });
  }
}
