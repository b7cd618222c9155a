import type { MetricDefinition } from './metric-definition.ts';

const ENDED_REASONS = ['expired', 'erased'] as const;
/** What is stored with a session and may outlive it; lapsed locks are counted with the others. */
const LEFTOVER_KINDS = ['tombstone', 'quarantine'] as const;

/** The metrics of what ends by itself. They are part of metrics-table.ts. */
export const END_METRICS = {
  endedSessions: {
    name: 'cognigy_session_ended_total',
    type: 'counter',
    help: 'Sessions that ended; expired: counted once, by one of the processes on a store.',
    labels: { reason: ENDED_REASONS },
  },
  expiredLeftovers: {
    name: 'cognigy_session_expired_leftovers_total',
    type: 'counter',
    help: 'Tombstones and frames in quarantine that expired; counted in the same way.',
    labels: { kind: LEFTOVER_KINDS },
  },
  endSetsHeld: {
    name: 'cognigy_session_end_sets_held',
    type: 'gauge',
    help: 'Of the 32 sets of ends to come in Redis, those that this process sweeps.',
    labels: {},
  },
  endNotesLost: {
    name: 'cognigy_session_end_notes_lost_total',
    type: 'counter',
    help: 'Ends to come that could not be noted in Redis, and may not be counted.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
