import { isWeaker, type StoreDurability } from '../store/durability.ts';
import { type Kept, type SessionStore, StoreUnavailable } from '../store/session-store.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { SESSION_STORE_OPERATIONS } from './metrics-table.ts';

type Operation = (typeof SESSION_STORE_OPERATIONS)[number];

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
  const ended = (operation: Operation, startedMs: number, result: 'ok' | 'unavailable') => {
    metrics.storeRoundTrips.inc({ operation });
    metrics.storeSeconds.observe({ operation, result }, (performance.now() - startedMs) / 1000);
    metrics.storeUp.set(result === 'ok' ? 1 : 0);
  };
  const measured = <Answer>(operation: Operation, call: () => Promise<Answer>) => {
    const startedMs = performance.now();
    const answered = (answer: Answer) => {
      ended(operation, startedMs, 'ok');
      const durability = (answer as Partial<Kept> | undefined)?.durability;
      if (durability !== undefined) kept(durability);
      return answer;
    };
    const failed = (error: unknown) => {
      ended(operation, startedMs, 'unavailable');
      const refusal = error instanceof StoreUnavailable ? error.refusal : undefined;
      if (refusal !== undefined) metrics.storeRefusals.inc({ kind: refusal.kind });
      log.rarely(`store ${operation}`).warn('a call of the store failed', { operation, error });
      throw error;
    };
    return call().then(answered, failed);
  };
  const kept = (durability: StoreDurability) => {
    metrics.durabilityReached.inc({ durability });
    if (!isWeaker(durability, required)) return;
    metrics.durabilityShortfalls.inc();
    log
      .rarely('durability')
      .warn('an update is kept less safely than DURABILITY requires', { required, durability });
  };
  return {
    append: (append, limits) => measured('append', () => store.append(append, limits)),
    read: (sessionId) => measured('read', () => store.read(sessionId)),
    inspect: (sessionId) => measured('inspect', () => store.inspect(sessionId)),
    compact: (compaction, limits) => measured('compact', () => store.compact(compaction, limits)),
    touch: (touch, limits) => measured('touch', () => store.touch(touch, limits)),
    lock: (request, limits) => measured('lock', () => store.lock(request, limits)),
    unlock: (lock, limits) => measured('unlock', () => store.unlock(lock, limits)),
    forgetLapsed: (lock, limits) =>
      measured('forget_lapsed', () => store.forgetLapsed(lock, limits)),
    erase: (erasure, limits) => measured('erase', () => store.erase(erasure, limits)),
    quarantine: (moves, limits) => measured('quarantine', () => store.quarantine(moves, limits)),
    // Only `npm run repair` calls it, which has no metrics.
    unseal: (sessionId, limits) => store.unseal(sessionId, limits),
    index: (entry, limits) => measured('index', () => store.index(entry, limits)),
    unindex: (entries, limits) => measured('unindex', () => store.unindex(entries, limits)),
    eraseUser: (erasure, limits) => measured('erase_user', () => store.eraseUser(erasure, limits)),
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
