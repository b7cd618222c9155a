// What a caller learns when a command failed: StoreUnavailable, with host and cause of each master
// that was asked.

import { performance } from 'node:perf_hooks';
import { StoreUnavailable } from '../../session-store.ts';
import type { StoreRefusal } from '../../store-refusal.ts';
import { failureReason } from './failure-reason.ts';
import type { NodeFailure, NodeHealth } from './node-health.ts';
import { serverRefusal, withoutArguments } from './server-refusal.ts';

/** A store that worked so recently may be in a failover, or its password may just be changing. */
const RECENTLY_MS = 5000;

export type Refusals = {
  /** `key` is not quoted, since it holds the id of a session. The others: as of StoreUnavailable. */
  unavailable(
    operation: string,
    failures: readonly NodeFailure[],
    options?: { key?: string; isUnsent?: boolean; isCutOff?: boolean },
  ): StoreUnavailable;
  /** What is wrong with an address, by the error of a command. */
  failuresOf(error: unknown, address: string | undefined): NodeFailure[];
  /** The refusal that an error of a server means; undefined if it is none. */
  refusalFrom(reason: string): StoreRefusal | undefined;
  /** The store has worked just now. */
  wasReady(): void;
};

export function createRefusals(
  health: NodeHealth,
  { keyPrefix, commandTimeoutMs }: { keyPrefix: string; commandTimeoutMs: number },
): Refusals {
  let lastReadyMs = Number.NEGATIVE_INFINITY;
  return {
    unavailable(operation, failures, { key, ...facts } = {}) {
      const refusals = failures.map(({ reason }) => refusalFrom(reason));
      const reasons = failures.map(({ address, reason }, place) => {
        const text = refusals[place]?.text ?? withoutArguments(reason);
        const words = key === undefined ? text : text.replaceAll(key, `${keyPrefix}*`);
        return address === undefined ? words : `${address}: ${words}`;
      });
      return new StoreUnavailable(operation, {
        reason: reasons.join('; '),
        refusal: refusalOfAll(refusals),
        ...facts,
      });
    },
    failuresOf(error, address) {
      const reason = failureReason(error, commandTimeoutMs);
      return reason === undefined ? health.failures(address) : [{ address, reason }];
    },
    refusalFrom,
    wasReady() {
      lastReadyMs = performance.now();
    },
  };

  function refusalFrom(reason: string): StoreRefusal | undefined {
    const refusal = serverRefusal(reason, keyPrefix);
    const mayPass = refusal?.kind === 'read_only' || refusal?.kind === 'wrong_credentials';
    const isRecent = performance.now() - lastReadyMs < RECENTLY_MS;
    return refusal && mayPass && isRecent ? { ...refusal, isLasting: false } : refusal;
  }
}

/** One refusal for all masters: it is lasting only if each of theirs is. */
function refusalOfAll(refusals: readonly (StoreRefusal | undefined)[]): StoreRefusal | undefined {
  if (refusals.includes(undefined)) return undefined;
  return refusals.find((refusal) => refusal?.isLasting === false) ?? refusals[0];
}
