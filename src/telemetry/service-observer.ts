// What the use cases tell, as metrics and log lines. Sessions appear by their log id alone.

import type { ServiceObserver } from '../service/service-parts.ts';
import { logIdOf } from '../session/log-id.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

export function createServiceObserver({ log, metrics }: { log: Logger; metrics: Metrics }): ServiceObserver {
  return {
    frameStored: (frameBytes) => metrics.frameStored(frameBytes),
    sessionRead: ({ frames, sessionBytes }) => metrics.sessionRead({ frames, bytes: sessionBytes }),
    frameUnsound({ sessionId, name, verdict }) {
      metrics.checksumFailed(verdict);
      const session = logIdOf(sessionId);
      log.rarely('unsound frame').warn('a stored frame could not be used', { session, frame: name, verdict });
    },
    compactionEnded({ sessionId, result, seconds, cause }) {
      if (result !== 'skipped') metrics.compacted(result, seconds);
      const session = logIdOf(sessionId);
      if (result === 'failed') log.rarely('compaction').warn('compaction failed', { session, error: cause });
      else log.debug('compaction ended', { session, result, seconds });
    },
    sessionRepaired({ sessionId, kind }) {
      metrics.repaired(kind);
      log.warn('a session was repaired', { session: logIdOf(sessionId), kind });
    },
    indexFailed({ sessionId, cause }) {
      const session = logIdOf(sessionId);
      log.rarely('user index').warn('the user index could not be written', { session, error: cause });
    },
  };
}
