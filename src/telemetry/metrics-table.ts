// Every metric of the service, as a table. Recorders are made from it (metrics.ts), and
// docs/reference/metrics.md is compared with it.
//
// A label has a bounded number of values: either they are listed here, or the text says what bounds
// them. Nothing that a caller chooses (an id, a raw path, a user agent) is ever a label.

import { NOT_OPENED_REASONS } from '../session/encryption/not-opened.ts';
import { ERROR_TYPES } from '../session/errors.ts';
import { FRAME_VERDICTS, type FrameVerdict } from '../session/frame.ts';
import { LEGACY_DAMAGES, LEGACY_LAYOUTS } from '../session/legacy/legacy-state.ts';
import { KEY_LOOKS } from '../store/key-follower.ts';
import { DAMAGED_FIELDS } from '../store/session-store.ts';
import { STORE_REFUSAL_KINDS } from '../store/store-refusal.ts';
import { counter, gauge, histogram } from './metric-definition.ts';
import { PROCESS_METRICS } from './process-metrics-table.ts';
import { SPOOL_METRICS } from './spool-metrics-table.ts';
import { SECONDS, STORE_METRICS } from './store-metrics-table.ts';

/** What every name starts with, those of Node's process metrics too. */
export const METRICS_PREFIX = 'cognigy_session_';

export const PERSIST_STATUSES = ['accepted', 'known', 'dropped', ...ERROR_TYPES] as const;
export const LEGACY_OPERATIONS = ['find_legacy', 'remove_legacy'] as const;
export const SESSION_STORE_OPERATIONS = [
  ...(['append', 'read', 'inspect', 'compact', 'touch', 'lock', 'unlock'] as const),
  ...(['forget_lapsed', 'erase', 'quarantine', 'index', 'unindex', 'erase_user'] as const),
  ...(['user_sessions', 'inspect_user', 'scan_sessions', 'ping'] as const),
] as const;
const STORE_OPERATIONS = [...SESSION_STORE_OPERATIONS, ...LEGACY_OPERATIONS] as const;
const FOUND = ['true', 'false'] as const;

const UNUSABLE_VERDICTS = FRAME_VERDICTS.filter(
  (verdict): verdict is Exclude<FrameVerdict, 'sound'> => verdict !== 'sound',
);

/** Bytes, from an empty update to the largest session. */
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
/** Frames that one read brings. */
const FRAMES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export const METRICS = {
  persistSeconds: histogram(
    'cognigy_session_persist_seconds',
    'Seconds from the receipt of an update to its answer.',
    SECONDS,
    { status: PERSIST_STATUSES },
  ),
  lockWaitSeconds: histogram(
    'cognigy_session_lock_wait_seconds',
    'Seconds that a request for a lock, or an update that met one, waited.',
    SECONDS,
  ),
  lockContention: counter(
    'cognigy_session_lock_contention_total',
    'Requests that met a lock held by somebody else.',
  ),
  locks: counter(
    'cognigy_session_locks_total',
    'Requests for locks and releases, by result; lapsed: locks that ran out unreleased.',
    { result: ['acquired', 'renewed', 'released', 'timed_out', 'lost', 'lapsed'] },
  ),
  errors: counter(
    'cognigy_session_errors_total',
    'Requests that were refused, by reason; internal is a bug.',
    { error_type: ERROR_TYPES },
  ),
  restores: counter(
    'cognigy_session_restores_total',
    'Restores that the store answered, by how much of the state could be read.',
    { outcome: ['intact', 'recovered', 'fallback', 'not_found'] },
  ),
  restoreSeconds: histogram(
    'cognigy_session_restore_seconds',
    'Seconds from the receipt of a restore to its answer.',
    SECONDS,
  ),
  checksumFailures: counter(
    'cognigy_session_checksum_failures_total',
    'Stored frames that could not be used, by what is wrong with them; counted at each read.',
    { verdict: UNUSABLE_VERDICTS },
  ),
  unopenedFrames: counter(
    'cognigy_session_unopened_frames_total',
    'Encrypted frames that no key of this process opened, by reason; counted at each read.',
    { reason: NOT_OPENED_REASONS },
  ),
  unopenedIds: counter(
    'cognigy_session_unopened_ids_total',
    'Stored ids that idKey does not open; counted each time one is met.',
  ),
  damagedMetadata: counter(
    'cognigy_session_damaged_metadata_total',
    'Damaged stored fields, frames apart (log: frames are missing or misplaced); counted at ' +
      'each read.',
    { field: [...DAMAGED_FIELDS, 'log'] },
  ),
  framesPerRestore: histogram(
    'cognigy_session_frames_per_restore',
    'Stored frames that one read of a session brought.',
    FRAMES,
  ),
  compactions: counter(
    'cognigy_session_compactions_total',
    'Compactions by result; blocked: a frame must be kept; changed: by another write.',
    { result: ['compacted', 'changed', 'blocked', 'failed'] },
  ),
  compactionSeconds: histogram(
    'cognigy_session_compaction_seconds',
    'Seconds that a compaction took, off the path of any request.',
    SECONDS,
  ),
  storeRoundTrips: counter(
    'cognigy_session_store_round_trips_total',
    'Calls of the store; redirections and resends within one call are not counted.',
    { operation: STORE_OPERATIONS },
  ),
  storeSeconds: histogram(
    'cognigy_session_store_seconds',
    'Seconds that a call of the store took.',
    SECONDS,
    { operation: STORE_OPERATIONS, result: ['ok', 'unavailable'] },
  ),
  storeRefusals: counter(
    'cognigy_session_store_refusals_total',
    'Calls that the store answered with a refusal, by reason.',
    { kind: STORE_REFUSAL_KINDS },
  ),
  ...STORE_METRICS,
  persistedBytes: histogram(
    'cognigy_session_persisted_bytes',
    'Bytes of the frames that were stored.',
    BYTES,
  ),
  restoredBytes: histogram(
    'cognigy_session_restored_bytes',
    'Bytes of the frames that one read of a session brought.',
    BYTES,
  ),
  repairs: counter(
    'cognigy_session_repairs_total',
    'Sessions whose metadata was repaired, or whose key held a foreign value.',
    { kind: ['metadata', 'foreign_value'] },
  ),
  erased: counter(
    'cognigy_session_erased_total',
    'Erases of sessions, by whether there was a live one.',
    { found: FOUND },
  ),
  touches: counter(
    'cognigy_session_touches_total',
    'Touches that the store answered, by whether there was a live session.',
    { found: FOUND },
  ),
  endedSessions: counter(
    'cognigy_session_ended_total',
    'Sessions that ended; expired: counted once, by one of the processes on a store.',
    { reason: ['expired', 'erased'] },
  ),
  // Lapsed locks are counted with the others.
  expiredLeftovers: counter(
    'cognigy_session_expired_leftovers_total',
    'Tombstones and frames in quarantine that expired; counted in the same way.',
    { kind: ['tombstone', 'quarantine'] },
  ),
  endSetsHeld: gauge(
    'cognigy_session_end_sets_held',
    'Of the 32 sets of ends to come in Redis, those that this process sweeps.',
  ),
  endNotesLost: counter(
    'cognigy_session_end_notes_lost_total',
    'Ends to come that could not be noted in Redis, and may not be counted.',
  ),
  quarantinedFrames: counter(
    'cognigy_session_quarantined_frames_total',
    'Frames that were moved into quarantine because they could not be read.',
  ),
  flowViolations: counter(
    'cognigy_session_flow_violations_total',
    'Violations of flow definitions in what was posted; one update may have several.',
    {
      flow: 'the flow of the definition',
      keyword: 'the keyword of JSON Schema, or time: validating took too long',
    },
  ),
  ignoredSteps: counter(
    'cognigy_session_ignored_steps_total',
    'Steps of posted histories that could not be used and were left out.',
  ),
  legacySessions: counter(
    'cognigy_session_legacy_sessions_total',
    'Sessions of former services that were found, by what became of them (joined: the session ' +
      'had begun without; known: another process was faster).',
    { layout: LEGACY_LAYOUTS, result: ['imported', 'joined', 'known', 'damaged', 'erased'] },
  ),
  legacyDamage: counter(
    'cognigy_session_legacy_damage_total',
    'Sessions of former services that could not be read, by what is wrong with them.',
    { damage: LEGACY_DAMAGES },
  ),
  ...SPOOL_METRICS,
  watches: gauge('cognigy_session_watches', 'Watch calls that are open.'),
  watchedSessions: gauge('cognigy_session_watched_sessions', 'Sessions that they follow.'),
  watchEvents: counter(
    'cognigy_session_watch_events_total',
    'Events that were sent to Watch calls.',
    { kind: ['update', 'reset', 'erased', 'expired', 'locked', 'unlocked', 'heartbeat'] },
  ),
  watchReads: counter(
    'cognigy_session_watch_reads_total',
    'Reads of the store for Watch calls; session: whole sessions; the others are a few bytes: ' +
      'after a report, to check for lost reports, and where the store reports nothing.',
    { kind: [...KEY_LOOKS, 'session'] },
  ),
  ...PROCESS_METRICS,
};
