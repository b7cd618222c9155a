// What happens to the sessions of former services, as metrics and log lines.

import type { LegacyObserver } from '../service/legacy/with-legacy-state.ts';
import { logIdOf } from '../session/log-id.ts';
import type { Telemetry } from './metrics.ts';

export function createLegacyObserver({ log, metrics }: Telemetry): LegacyObserver {
  return {
    legacyFound({ sessionId, kind, result, damage }) {
      metrics.legacySessions.inc({ layout: kind, result });
      const found = { session: logIdOf(sessionId), layout: kind };
      if (damage === undefined) {
        log.rarely(`legacy ${result}`).info('a session of a former service was found', {
          ...found,
          result,
        });
        return;
      }
      metrics.legacyDamage.inc({ damage });
      log
        .rarely('damaged legacy')
        .warn('a session of a former service is damaged', { ...found, damage });
    },
    legacyRemoved({ sessionId, keys }) {
      log.info('what a former service left of an erased session was removed', {
        ...{ session: logIdOf(sessionId), keys },
      });
    },
  };
}
