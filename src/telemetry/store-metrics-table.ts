// The metrics of the store: how safely it keeps writes, how it is spared when it is in trouble, and
// what a failover lost.

import { STORE_DURABILITIES } from '../store/durability.ts';
import { ECHO_KINDS, ECHO_RESULTS } from '../store/echo-events.ts';
import { counter, gauge, histogram } from './metric-definition.ts';

/** Seconds, from a cached read to the longest deadline. */
export const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export const STORE_METRICS = {
  storeRetries: counter(
    'cognigy_session_store_retries_total',
    'Calls to be sent to the store again; withheld: too many were within ten seconds.',
    { result: ['sent', 'withheld'] },
  ),
  storeCircuitRefusals: counter(
    'cognigy_session_store_circuit_refusals_total',
    'Calls that failed at once, because their master does not answer.',
  ),
  storeConnectedReplicas: gauge(
    'cognigy_session_store_connected_replicas',
    'Replicas that are connected to the master of the store that has the fewest.',
  ),
  storeReplicationLagBytes: gauge(
    'cognigy_session_store_replication_lag_bytes',
    'Bytes that the replica is behind its master that is furthest behind.',
  ),
  storeEvictedKeys: counter(
    'cognigy_session_store_evicted_keys_total',
    'Keys, sessions among them, that masters evicted while this process was looking.',
  ),
  storeFailingDisks: gauge(
    'cognigy_session_store_failing_disks',
    'Masters that could not write their append-only file, or their last snapshot.',
  ),
  storeUncoveredSlots: gauge(
    'cognigy_session_store_uncovered_slots',
    'Slots of the cluster that no master serves; 0 without a cluster.',
  ),
  durabilityReached: counter(
    'cognigy_session_durability_total',
    'Appends, erases, notes and tombstones of users, by the durability that was reached.',
    { durability: STORE_DURABILITIES },
  ),
  durabilityShortfalls: counter(
    'cognigy_session_durability_shortfalls_total',
    'Those of them that were kept less safely than DURABILITY requires.',
  ),
  durabilityWaitSeconds: histogram(
    'cognigy_session_durability_wait_seconds',
    'Seconds that a group of writes waited for replicas, or for the disk.',
    SECONDS,
    { result: ['confirmed', 'short'] },
  ),
  echoWrites: gauge(
    'cognigy_session_echo_writes',
    'Acknowledged writes that are kept, since a failover might lose them.',
  ),
  echoBytes: gauge('cognigy_session_echo_bytes', 'Bytes of these writes.'),
  echoOffered: counter(
    'cognigy_session_echo_offered_total',
    'Kept writes that another master was offered; restored: a failover had lost them; lost, ' +
      'unknown: of a conditional write, which is not repeated.',
    { kind: ECHO_KINDS, result: ECHO_RESULTS },
  ),
  echoOverruns: counter(
    'cognigy_session_echo_overruns_total',
    'Writes that were forgotten before the replicas had them: ECHO_MAX_BYTES is too small.',
  ),
};
