// The metrics of the spool. metrics-table.ts includes these.

import { DROP_REASONS, REPLAY_RESULTS, ROW_PROBLEMS } from '../service/spooling/outcomes.ts';
import { counter, gauge, histogram } from './metric-definition.ts';

/** Seconds that an update may wait for the store: up to a day. */
const WAIT_SECONDS = [1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];

export const SPOOL_METRICS = {
  spooled: counter(
    'cognigy_session_spooled_total',
    "Updates, and notes in users' indexes, that went to the spool.",
    { kind: ['update', 'note'] },
  ),
  spoolFailures: counter(
    'cognigy_session_spool_failures_total',
    'Rows that the spool did not keep, and whose updates are refused, by reason.',
    { reason: ['full', 'failed'] },
  ),
  spoolReplayed: counter(
    'cognigy_session_spool_replayed_total',
    'Rows of the spool that were replayed; known: the store had the update already.',
    { result: REPLAY_RESULTS },
  ),
  spoolDropped: counter(
    'cognigy_session_spool_dropped_total',
    'Spooled updates that were not stored; doubtful: erased, it is not known whether before.',
    { reason: DROP_REASONS },
  ),
  spoolSetAside: counter(
    'cognigy_session_spool_set_aside_total',
    'Rows of the spool that cannot be replayed, and are kept.',
    // `damaged`: on the disk. `failed`: the replay, and not because of the store.
    { reason: ['damaged', ...ROW_PROBLEMS, 'failed'] },
  ),
  spoolWaitSeconds: histogram(
    'cognigy_session_spool_wait_seconds',
    'Seconds from the receipt of a spooled update to the end of its replay.',
    WAIT_SECONDS,
  ),
  spoolRows: gauge(
    'cognigy_session_spool_rows',
    'Rows in the spool that the store does not have yet, those that were set aside included.',
  ),
  spoolBytes: gauge('cognigy_session_spool_bytes', 'Bytes that these rows take.'),
  spoolLimitBytes: gauge(
    'cognigy_session_spool_limit_bytes',
    'Bytes that the spool may take (SPOOL_MAX_BYTES); 0 without a spool.',
  ),
  spoolOldestSeconds: gauge(
    'cognigy_session_spool_oldest_seconds',
    'Seconds that the oldest spooled update has been waiting; 0 if none is.',
  ),
};
