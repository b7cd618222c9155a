import { KEY_LOOKS } from '../store/key-follower.ts';
import type { MetricDefinition } from './metric-definition.ts';

const EVENTS = [
  ...(['update', 'reset', 'erased', 'expired', 'locked', 'unlocked', 'heartbeat'] as const),
] as const;

/** The metrics of Watch calls. */
export const WATCH_METRICS = {
  watches: {
    name: 'cognigy_session_watches',
    type: 'gauge',
    help: 'Watch calls that are open.',
    labels: {},
  },
  watchedSessions: {
    name: 'cognigy_session_watched_sessions',
    type: 'gauge',
    help: 'Sessions that they follow.',
    labels: {},
  },
  watchEvents: {
    name: 'cognigy_session_watch_events_total',
    type: 'counter',
    help: 'Events that were sent to Watch calls.',
    labels: { kind: EVENTS },
  },
  watchReads: {
    name: 'cognigy_session_watch_reads_total',
    type: 'counter',
    help:
      'Reads of the store for Watch calls; session: whole sessions; the others are a few bytes: ' +
      'after a report, to check for lost reports, and where the store reports nothing.',
    labels: { kind: [...KEY_LOOKS, 'session'] },
  },
} as const satisfies Record<string, MetricDefinition>;
