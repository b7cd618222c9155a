import { logIdOf } from '../session/log-id.ts';
import type { EndEvents } from '../store/end-events.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Counts and logs what has ended, and keeps what `/readyz` warns of. Sessions appear by their log
 * id alone. */
export function createEndState(metrics: Metrics, log: Logger) {
  let problems: readonly string[] = [];
  metrics.endSetsHeld.set(0);

  return {
    warnings: (): readonly string[] => problems,
    observer: {
      onEnded({ kind, sessionId }) {
        const session = logIdOf(sessionId);
        if (kind === 'session') {
          metrics.endedSessions.inc({ reason: 'expired' });
          log.rarely('expired session').info('a session has expired', { session });
        } else if (kind === 'lock') {
          metrics.locks.inc({ result: 'lapsed' });
          log.rarely('lapsed lock').warn('a lock ran out without a release', { session });
        } else {
          metrics.expiredLeftovers.inc({ kind });
          log.debug('what was kept of a session has expired', { session, kind });
        }
      },
      onEndSetsHeld: (sets) => metrics.endSetsHeld.set(sets),
      onEndNotNoted() {
        metrics.endNotesLost.inc();
        log
          .rarely('end not noted')
          .warn('the end of a session could not be noted: it may not be counted');
      },
      onEndsFailed: (error) =>
        log
          .rarely('ends')
          .warn('the ends of sessions cannot be noted or counted at present', { error }),
      onExpiryEventsChecked(found) {
        for (const problem of found)
          if (!problems.includes(problem))
            log.warn('a server reports no expired keys, so they are counted later', { problem });
        problems = found;
      },
    } satisfies EndEvents,
  };
}
