// Every metric of the service, as a table. Recorders are made from it (metrics.ts), and
// docs/reference/metrics.md is compared with it.
//
// A label has a bounded number of values: either they are listed here, or the text says what bounds
// them. Nothing that a caller chooses (an id, a raw path, a user agent) is ever a label.

import { NOT_OPENED_REASONS } from '../session/encryption/not-opened.ts';
import { ERROR_TYPES } from '../session/errors.ts';
import { FRAME_VERDICTS, type FrameVerdict } from '../session/frame.ts';
import { DAMAGED_FIELDS } from '../store/session-store.ts';
import { STORE_REFUSAL_KINDS } from '../store/store-refusal.ts';
import { ECHO_METRICS } from './echo-metrics-table.ts';
import { END_METRICS } from './end-metrics-table.ts';
import { LEGACY_METRICS, LEGACY_OPERATIONS } from './legacy-metrics-table.ts';
import type { MetricDefinition } from './metric-definition.ts';
import { PROCESS_METRICS } from './process-metrics-table.ts';
import { SPOOL_METRICS } from './spool-metrics-table.ts';
import { SECONDS, STORE_METRICS } from './store-metrics-table.ts';
import { WATCH_METRICS } from './watch-metrics-table.ts';

/** What every name starts with, those of Node's process metrics too. */
export const METRICS_PREFIX = 'cognigy_session_';

export const PERSIST_STATUSES = ['accepted', 'known', 'dropped', ...ERROR_TYPES] as const;
export const RESTORE_OUTCOMES = ['intact', 'recovered', 'fallback', 'not_found'] as const;
export const COMPACTION_RESULTS = ['compacted', 'changed', 'blocked', 'failed'] as const;
export const SESSION_STORE_OPERATIONS = [
  ...(['append', 'read', 'inspect', 'compact', 'touch', 'lock', 'unlock'] as const),
  ...(['forget_lapsed', 'erase', 'quarantine', 'index', 'unindex', 'erase_user'] as const),
  ...(['user_sessions', 'inspect_user', 'scan_sessions', 'ping'] as const),
] as const;
export const STORE_OPERATIONS = [...SESSION_STORE_OPERATIONS, ...LEGACY_OPERATIONS] as const;
export const STORE_RESULTS = ['ok', 'unavailable'] as const;
/** Stored fields that may be damaged, frames apart. `log`: frames are missing or misplaced. */
export const METADATA_PARTS = [...DAMAGED_FIELDS, 'log'] as const;
export type MetadataPart = (typeof METADATA_PARTS)[number];
export const REPAIR_KINDS = ['metadata', 'foreign_value'] as const;
export const LOCK_RESULTS = [
  ...(['acquired', 'renewed', 'released'] as const),
  ...(['timed_out', 'lost', 'lapsed'] as const),
] as const;
export const FOUND = ['true', 'false'] as const;

export const UNUSABLE_VERDICTS = FRAME_VERDICTS.filter(
  (verdict): verdict is Exclude<FrameVerdict, 'sound'> => verdict !== 'sound',
);

/** Bytes, from an empty update to the largest session. */
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
/** Frames that one read brings. */
const FRAMES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export const METRICS = {
  persistSeconds: {
    name: 'cognigy_session_persist_seconds',
    type: 'histogram',
    help: 'Seconds from the receipt of an update to its answer.',
    labels: { status: PERSIST_STATUSES },
    buckets: SECONDS,
  },
  lockWaitSeconds: {
    name: 'cognigy_session_lock_wait_seconds',
    type: 'histogram',
    help: 'Seconds that a request for a lock, or an update that met one, waited.',
    labels: {},
    buckets: SECONDS,
  },
  lockContention: {
    name: 'cognigy_session_lock_contention_total',
    type: 'counter',
    help: 'Requests that met a lock held by somebody else.',
    labels: {},
  },
  locks: {
    name: 'cognigy_session_locks_total',
    type: 'counter',
    help: 'Requests for locks and releases, by result; lapsed: locks that ran out unreleased.',
    labels: { result: LOCK_RESULTS },
  },
  errors: {
    name: 'cognigy_session_errors_total',
    type: 'counter',
    help: 'Requests that were refused, by reason; internal is a bug.',
    labels: { error_type: ERROR_TYPES },
  },
  restores: {
    name: 'cognigy_session_restores_total',
    type: 'counter',
    help: 'Restores that the store answered, by how much of the state could be read.',
    labels: { outcome: RESTORE_OUTCOMES },
  },
  restoreSeconds: {
    name: 'cognigy_session_restore_seconds',
    type: 'histogram',
    help: 'Seconds from the receipt of a restore to its answer.',
    labels: {},
    buckets: SECONDS,
  },
  checksumFailures: {
    name: 'cognigy_session_checksum_failures_total',
    type: 'counter',
    help: 'Stored frames that could not be used, by what is wrong with them; counted at each read.',
    labels: { verdict: UNUSABLE_VERDICTS },
  },
  unopenedFrames: {
    name: 'cognigy_session_unopened_frames_total',
    type: 'counter',
    help: 'Encrypted frames that no key of this process opened, by reason; counted at each read.',
    labels: { reason: NOT_OPENED_REASONS },
  },
  damagedMetadata: {
    name: 'cognigy_session_damaged_metadata_total',
    type: 'counter',
    help:
      'Damaged stored fields, frames apart (log: frames are missing or misplaced); counted at ' +
      'each read.',
    labels: { field: METADATA_PARTS },
  },
  framesPerRestore: {
    name: 'cognigy_session_frames_per_restore',
    type: 'histogram',
    help: 'Stored frames that one read of a session brought.',
    labels: {},
    buckets: FRAMES,
  },
  compactions: {
    name: 'cognigy_session_compactions_total',
    type: 'counter',
    help: 'Compactions by result; blocked: a frame must be kept; changed: by another write.',
    labels: { result: COMPACTION_RESULTS },
  },
  compactionSeconds: {
    name: 'cognigy_session_compaction_seconds',
    type: 'histogram',
    help: 'Seconds that a compaction took, off the path of any request.',
    labels: {},
    buckets: SECONDS,
  },
  storeRoundTrips: {
    name: 'cognigy_session_store_round_trips_total',
    type: 'counter',
    help: 'Calls of the store; redirections and resends within one call are not counted.',
    labels: { operation: STORE_OPERATIONS },
  },
  storeSeconds: {
    name: 'cognigy_session_store_seconds',
    type: 'histogram',
    help: 'Seconds that a call of the store took.',
    labels: { operation: STORE_OPERATIONS, result: STORE_RESULTS },
    buckets: SECONDS,
  },
  storeRefusals: {
    name: 'cognigy_session_store_refusals_total',
    type: 'counter',
    help: 'Calls that the store answered with a refusal, by reason.',
    labels: { kind: STORE_REFUSAL_KINDS },
  },
  ...STORE_METRICS,
  ...ECHO_METRICS,
  persistedBytes: {
    name: 'cognigy_session_persisted_bytes',
    type: 'histogram',
    help: 'Bytes of the frames that were stored.',
    labels: {},
    buckets: BYTES,
  },
  restoredBytes: {
    name: 'cognigy_session_restored_bytes',
    type: 'histogram',
    help: 'Bytes of the frames that one read of a session brought.',
    labels: {},
    buckets: BYTES,
  },
  repairs: {
    name: 'cognigy_session_repairs_total',
    type: 'counter',
    help: 'Sessions whose metadata was repaired, or whose key held a foreign value.',
    labels: { kind: REPAIR_KINDS },
  },
  erased: {
    name: 'cognigy_session_erased_total',
    type: 'counter',
    help: 'Erases of sessions, by whether there was a live one.',
    labels: { found: FOUND },
  },
  touches: {
    name: 'cognigy_session_touches_total',
    type: 'counter',
    help: 'Touches that the store answered, by whether there was a live session.',
    labels: { found: FOUND },
  },
  ...END_METRICS,
  quarantinedFrames: {
    name: 'cognigy_session_quarantined_frames_total',
    type: 'counter',
    help: 'Frames that were moved into quarantine because they could not be read.',
    labels: {},
  },
  flowViolations: {
    name: 'cognigy_session_flow_violations_total',
    type: 'counter',
    help: 'Violations of flow definitions in what was posted; one update may have several.',
    labels: {
      flow: 'the flow of the definition',
      keyword: 'the keyword of JSON Schema, or time: validating took too long',
    },
  },
  ignoredSteps: {
    name: 'cognigy_session_ignored_steps_total',
    type: 'counter',
    help: 'Steps of posted histories that could not be used and were left out.',
    labels: {},
  },
  ...LEGACY_METRICS,
  ...SPOOL_METRICS,
  ...WATCH_METRICS,
  ...PROCESS_METRICS,
} as const satisfies Record<string, MetricDefinition>;
