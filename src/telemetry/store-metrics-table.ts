// The metrics of how safely the store keeps writes, and of how it is spared when it is in trouble.

import { STORE_DURABILITIES } from '../store/durability.ts';
import type { MetricDefinition } from './metric-definition.ts';

/** Seconds, from a cached read to the longest deadline. */
export const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const RETRY_RESULTS = ['sent', 'withheld'] as const;
const DURABILITY_WAIT_RESULTS = ['confirmed', 'short'] as const;

export const STORE_METRICS = {
  storeRetries: {
    name: 'cognigy_session_store_retries_total',
    type: 'counter',
    help: 'Calls to be sent to the store again; withheld: too many were within ten seconds.',
    labels: { result: RETRY_RESULTS },
  },
  storeCircuitRefusals: {
    name: 'cognigy_session_store_circuit_refusals_total',
    type: 'counter',
    help: 'Calls that failed at once, because their master does not answer.',
    labels: {},
  },
  storeConnectedReplicas: {
    name: 'cognigy_session_store_connected_replicas',
    type: 'gauge',
    help: 'Replicas that are connected to the master of the store that has the fewest.',
    labels: {},
  },
  storeReplicationLagBytes: {
    name: 'cognigy_session_store_replication_lag_bytes',
    type: 'gauge',
    help: 'Bytes that the replica is behind its master that is furthest behind.',
    labels: {},
  },
  storeEvictedKeys: {
    name: 'cognigy_session_store_evicted_keys_total',
    type: 'counter',
    help: 'Keys, sessions among them, that masters evicted while this process was looking.',
    labels: {},
  },
  storeFailingDisks: {
    name: 'cognigy_session_store_failing_disks',
    type: 'gauge',
    help: 'Masters that could not write their append-only file, or their last snapshot.',
    labels: {},
  },
  storeUncoveredSlots: {
    name: 'cognigy_session_store_uncovered_slots',
    type: 'gauge',
    help: 'Slots of the cluster that no master serves; 0 without a cluster.',
    labels: {},
  },
  durabilityReached: {
    name: 'cognigy_session_durability_total',
    type: 'counter',
    help: 'Appends, erases, notes and tombstones of users, by the durability that was reached.',
    labels: { durability: STORE_DURABILITIES },
  },
  durabilityShortfalls: {
    name: 'cognigy_session_durability_shortfalls_total',
    type: 'counter',
    help: 'Those of them that were kept less safely than DURABILITY requires.',
    labels: {},
  },
  durabilityWaitSeconds: {
    name: 'cognigy_session_durability_wait_seconds',
    type: 'histogram',
    help: 'Seconds that a group of writes waited for replicas, or for the disk.',
    labels: { result: DURABILITY_WAIT_RESULTS },
    buckets: SECONDS,
  },
} as const satisfies Record<string, MetricDefinition>;
