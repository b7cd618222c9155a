import { isWeaker, type StoreDurability } from '../store/durability.ts';
import { type Kept, type SessionStore, StoreUnavailable } from '../store/session-store.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { SESSION_STORE_OPERATIONS } from './metrics-table.ts';

type MeasuredStoreOptions = {
  metrics: Metrics;
  log: Logger;
  /** How safely writes are to be kept. */
  required?: StoreDurability;
};

/** The same store, each call counted and timed. A call that throws, for whatever reason, counts as
 * unavailable; one that the store refused is counted by reason, too. Failures are logged rarely. */
export function createMeasuredStore(
  store: SessionStore,
  { metrics, log, required = 'stored' }: MeasuredStoreOptions,
): SessionStore {
  const measured = async <Answer>(
    operation: (typeof SESSION_STORE_OPERATIONS)[number],
    call: () => Promise<Answer>,
  ): Promise<Answer> => {
    const startedMs = performance.now();
    const ended = (result: 'ok' | 'unavailable') => {
      metrics.storeRoundTrips.inc({ operation });
      metrics.storeSeconds.observe({ operation, result }, (performance.now() - startedMs) / 1000);
      metrics.storeUp.set(result === 'ok' ? 1 : 0);
    };
    try {
      const answer = await call();
      ended('ok');
      return answer;
    } catch (error) {
      ended('unavailable');
      const refusal = error instanceof StoreUnavailable ? error.refusal : undefined;
      if (refusal !== undefined) metrics.storeRefusals.inc({ kind: refusal.kind });
      log.rarely(`store ${operation}`).warn('a call of the store failed', { operation, error });
      throw error;
    }
  };
  /** Counts the durability of an answer, if it has one. */
  const kept = <Answer extends object>(answer: Answer): Answer => {
    const { durability } = answer as Partial<Kept>;
    if (durability === undefined) return answer;
    metrics.durabilityReached.inc({ durability });
    if (isWeaker(durability, required)) {
      metrics.durabilityShortfalls.inc();
      log
        .rarely('durability')
        .warn('an update is kept less safely than DURABILITY requires', { required, durability });
    }
    return answer;
  };
  return {
    append: async (append, limits) =>
      kept(await measured('append', () => store.append(append, limits))),
    read: (sessionId) => measured('read', () => store.read(sessionId)),
    inspect: (sessionId) => measured('inspect', () => store.inspect(sessionId)),
    compact: (compaction, limits) => measured('compact', () => store.compact(compaction, limits)),
    touch: async (touch, limits) => kept(await measured('touch', () => store.touch(touch, limits))),
    lock: (request, limits) => measured('lock', () => store.lock(request, limits)),
    unlock: (lock, limits) => measured('unlock', () => store.unlock(lock, limits)),
    forgetLapsed: (lock, limits) =>
      measured('forget_lapsed', () => store.forgetLapsed(lock, limits)),
    erase: async (erasure, limits) =>
      kept(await measured('erase', () => store.erase(erasure, limits))),
    quarantine: (moves, limits) => measured('quarantine', () => store.quarantine(moves, limits)),
    // Only `npm run repair` calls it, which has no metrics.
    unseal: (sessionId, limits) => store.unseal(sessionId, limits),
    index: async (entry, limits) => kept(await measured('index', () => store.index(entry, limits))),
    unindex: (entries, limits) => measured('unindex', () => store.unindex(entries, limits)),
    eraseUser: async (erasure, limits) =>
      kept(await measured('erase_user', () => store.eraseUser(erasure, limits))),
    userSessions: (userId, page) =>
      measured('user_sessions', () => store.userSessions(userId, page)),
    inspectUser: (userId) => measured('inspect_user', () => store.inspectUser(userId)),
    scanSessions: (scan) => measured('scan_sessions', () => store.scanSessions(scan)),
    // Sent with others, and until it is stored: no call of a request.
    noteEnd: (end) => store.noteEnd(end),
    // Its looks are counted where they are followed.
    watch: (sessionId, follower) => store.watch(sessionId, follower),
    momentOf: (sessionId, receivedAtMonotonicMs) =>
      store.momentOf(sessionId, receivedAtMonotonicMs),
    shardOfSession: (sessionId) => store.shardOfSession(sessionId),
    shardOfUser: (userId) => store.shardOfUser(userId),
    ping: () => measured('ping', () => store.ping()),
    close: () => store.close(),
  };
}
