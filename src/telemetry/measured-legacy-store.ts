import type { LegacyStore } from '../store/legacy-store.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { LEGACY_OPERATIONS } from './metrics-table.ts';

/** The same store of former services, each call that a request makes counted, timed, and logged
 * rarely if it fails. It does not count for whether the store of sessions is up. */
export function createMeasuredLegacyStore(
  store: LegacyStore,
  { metrics, log }: { metrics: Metrics; log: Logger },
): LegacyStore {
  const measured = async <Answer>(
    operation: (typeof LEGACY_OPERATIONS)[number],
    call: () => Promise<Answer>,
  ): Promise<Answer> => {
    const startedMs = performance.now();
    let result: 'ok' | 'unavailable' = 'unavailable';
    try {
      const answer = await call();
      result = 'ok';
      return answer;
    } catch (error) {
      log.rarely(operation).warn('a call of the former store failed', { operation, error });
      throw error;
    } finally {
      metrics.storeRoundTrips.inc({ operation });
      metrics.storeSeconds.observe({ operation, result }, (performance.now() - startedMs) / 1000);
    }
  };
  return {
    ...store,
    find: (sessionId, kinds) => measured('find_legacy', () => store.find(sessionId, kinds)),
    remove: (sessionId, limits) => measured('remove_legacy', () => store.remove(sessionId, limits)),
  };
}
