// The metrics of the spool. metrics-table.ts includes these.

import { DROP_REASONS, REPLAY_RESULTS, ROW_PROBLEMS } from '../service/spooling/outcomes.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const SPOOLED_KINDS = ['update', 'note'] as const;
export const SPOOL_FAILURES = ['full', 'failed'] as const;
/** `damaged`: on the disk. `failed`: the replay, and not because of the store. */
export const SET_ASIDE_REASONS = ['damaged', ...ROW_PROBLEMS, 'failed'] as const;

/** Seconds that an update may wait for the store: up to a day. */
const WAIT_SECONDS = [1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];

export const SPOOL_METRICS = {
  spooled: {
    name: 'cognigy_session_spooled_total',
    type: 'counter',
    help: "Updates, and notes in users' indexes, that went to the spool.",
    labels: { kind: SPOOLED_KINDS },
  },
  spoolFailures: {
    name: 'cognigy_session_spool_failures_total',
    type: 'counter',
    help: 'Rows that the spool did not keep, and whose updates are refused, by reason.',
    labels: { reason: SPOOL_FAILURES },
  },
  spoolReplayed: {
    name: 'cognigy_session_spool_replayed_total',
    type: 'counter',
    help: 'Rows of the spool that were replayed; known: the store had the update already.',
    labels: { result: REPLAY_RESULTS },
  },
  spoolDropped: {
    name: 'cognigy_session_spool_dropped_total',
    type: 'counter',
    help: 'Spooled updates that were not stored; doubtful: erased, it is not known whether before.',
    labels: { reason: DROP_REASONS },
  },
  spoolSetAside: {
    name: 'cognigy_session_spool_set_aside_total',
    type: 'counter',
    help: 'Rows of the spool that cannot be replayed, and are kept.',
    labels: { reason: SET_ASIDE_REASONS },
  },
  spoolWaitSeconds: {
    name: 'cognigy_session_spool_wait_seconds',
    type: 'histogram',
    help: 'Seconds from the receipt of a spooled update to the end of its replay.',
    labels: {},
    buckets: WAIT_SECONDS,
  },
  spoolRows: {
    name: 'cognigy_session_spool_rows',
    type: 'gauge',
    help: 'Rows in the spool that the store does not have yet, those that were set aside included.',
    labels: {},
  },
  spoolBytes: {
    name: 'cognigy_session_spool_bytes',
    type: 'gauge',
    help: 'Bytes that these rows take.',
    labels: {},
  },
  spoolLimitBytes: {
    name: 'cognigy_session_spool_limit_bytes',
    type: 'gauge',
    help: 'Bytes that the spool may take (SPOOL_MAX_BYTES); 0 without a spool.',
    labels: {},
  },
  spoolOldestSeconds: {
    name: 'cognigy_session_spool_oldest_seconds',
    type: 'gauge',
    help: 'Seconds that the oldest spooled update has been waiting; 0 if none is.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
