// The metrics of sessions that former services left. They are part of metrics-table.ts.

import { LEGACY_DAMAGES, LEGACY_LAYOUTS } from '../session/legacy/legacy-state.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const LEGACY_OPERATIONS = ['find_legacy', 'remove_legacy'] as const;
export const LEGACY_RESULTS = ['imported', 'joined', 'known', 'damaged', 'erased'] as const;

export const LEGACY_METRICS = {
  legacySessions: {
    name: 'cognigy_session_legacy_sessions_total',
    type: 'counter',
    help:
      'Sessions of former services that were found, by what became of them (joined: the session ' +
      'had begun without; known: another process was faster).',
    labels: { layout: LEGACY_LAYOUTS, result: LEGACY_RESULTS },
  },
  legacyDamage: {
    name: 'cognigy_session_legacy_damage_total',
    type: 'counter',
    help: 'Sessions of former services that could not be read, by what is wrong with them.',
    labels: { damage: LEGACY_DAMAGES },
  },
} as const satisfies Record<string, MetricDefinition>;
