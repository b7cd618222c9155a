import type { Persisted, SessionService } from '../service/session-service.ts';
import { Refusal } from '../session/errors.ts';
import type { Metrics } from './metrics.ts';
import type { PERSIST_STATUSES } from './metrics-table.ts';

/** The same service, its persists and restores timed from receipt to answer. */
export function createMeasuredService(service: SessionService, metrics: Metrics): SessionService {
  return {
    ...service,
    persist(command) {
      const ended = (status: (typeof PERSIST_STATUSES)[number]) =>
        metrics.persistSeconds.observe({ status }, secondsSince(command.receipt));
      const answered = (persisted: Persisted) => {
        ended(persisted.known ? 'known' : persisted.status);
        return persisted;
      };
      const failed = (error: unknown) => {
        ended(error instanceof Refusal ? error.reason : 'internal');
        throw error;
      };
      return service.persist(command).then(answered, failed);
    },
    restore(query) {
      return service.restore(query).then((session) => {
        metrics.restores.inc({ outcome: session?.outcome ?? 'not_found' });
        metrics.restoreSeconds.observe(secondsSince(query.receipt));
        return session;
      });
    },
    async touch(command) {
      const touched = await service.touch(command);
      metrics.touches.inc({ found: touched.found ? 'true' : 'false' });
      return touched;
    },
  };
}

function secondsSince({ monotonicMs }: { monotonicMs: number }): number {
  return (performance.now() - monotonicMs) / 1000;
}
