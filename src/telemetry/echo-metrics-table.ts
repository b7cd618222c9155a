import { ECHO_KINDS, ECHO_RESULTS } from '../store/echo-events.ts';
import type { MetricDefinition } from './metric-definition.ts';

/** The metrics of writes that are kept, to give them back after a failover. */
export const ECHO_METRICS = {
  echoWrites: {
    name: 'cognigy_session_echo_writes',
    type: 'gauge',
    help: 'Acknowledged writes that are kept, since a failover might lose them.',
    labels: {},
  },
  echoBytes: {
    name: 'cognigy_session_echo_bytes',
    type: 'gauge',
    help: 'Bytes of these writes.',
    labels: {},
  },
  echoOffered: {
    name: 'cognigy_session_echo_offered_total',
    type: 'counter',
    help:
      'Kept writes that another master was offered; restored: a failover had lost them; lost, ' +
      'unknown: of a conditional write, which is not repeated.',
    labels: { kind: ECHO_KINDS, result: ECHO_RESULTS },
  },
  echoOverruns: {
    name: 'cognigy_session_echo_overruns_total',
    type: 'counter',
    help: 'Writes that were forgotten before the replicas had them: ECHO_MAX_BYTES is too small.',
    labels: {},
  },
} as const satisfies Record<string, MetricDefinition>;
