// One process of the model: its own service over the shared store, whose answers can be lost.

import type { CompactionResult, LockOutcome } from '../../src/service/parts.ts';
import type { WriteFormat } from '../../src/session/format.ts';
import {
  type Compaction,
  type CompactResult,
  type SessionStore,
  StoreUnavailable,
} from '../../src/store/session-store.ts';
import { createTestService } from '../support/test-service.ts';
import type { ModelWorld } from './model-world.ts';

/** Beyond any age that a late update has here. */
const DEADLINE_MS = 2e9;

/** How long the sidecars keep what they quarantine. */
export const QUARANTINE_TTL_MS = 2 * 86_400_000;

export type Sidecar = ReturnType<typeof createSidecar>;

/** A process over the world's store. */
export function createSidecar(world: ModelWorld, ttlMs: number, writeFormat: WriteFormat = 1) {
  const { store } = world;
  const seen = {
    compactions: [] as CompactionResult[],
    locks: [] as LockOutcome[],
    lapsed: 0,
    quarantined: 0,
  };
  const sidecar = {
    /** What its observer was told since the last `takeSeen`. */
    seen,
    writeFormat,
    loseAnswer: false,
    beforeCompact: async () => {},
    service: createTestService(
      {
        ...bound(store),
        append: losing('append', store.append),
        lock: losing('lock', store.lock),
        unlock: losing('unlock', store.unlock),
        erase: losing('erase', store.erase),
        async compact(compaction: Compaction): Promise<CompactResult> {
          await sidecar.beforeCompact();
          const answer = await store.compact(compaction);
          // A compactor whose answer was lost runs the same step again.
          return sidecar.loseAnswer ? store.compact(compaction) : answer;
        },
      },
      {
        settings: {
          ...{ sessionTtlMs: ttlMs, sessionMaxBytes: 1e9, lockWaitMs: 0 },
          ...{ quarantineTtlMs: QUARANTINE_TTL_MS, writeFormat },
        },
        // Below what Patience asks for: the pause after each of thousands of lost answers is cut
        // short.
        patience: {
          requestDeadlineMs: DEADLINE_MS,
          nowMonotonicMs: world.nowMonotonicMs,
          random: () => -0.499,
        },
        observer: {
          compactionEnded: ({ result }) => seen.compactions.push(result),
          lockEnded: (outcome) => seen.locks.push(outcome),
          lockLapsed: () => {
            seen.lapsed += 1;
          },
          framesQuarantined: ({ names }) => {
            seen.quarantined += names.length;
          },
        },
      },
    ),
    /** What its observer was told, from now on nothing. */
    takeSeen() {
      const { lapsed, quarantined } = seen;
      Object.assign(seen, { lapsed: 0, quarantined: 0 });
      return {
        compactions: seen.compactions.splice(0),
        locks: seen.locks.splice(0),
        lapsed,
        quarantined,
      };
    },
  };
  return sidecar;

  /** The operation, whose first answer is lost if that is wanted: its caller runs it again. */
  function losing<Asked, Answer>(name: string, operation: (asked: Asked) => Promise<Answer>) {
    return async (asked: Asked): Promise<Answer> => {
      const answer = await operation.call(store, asked);
      if (!sidecar.loseAnswer) return answer;
      sidecar.loseAnswer = false;
      throw new StoreUnavailable(name, { reason: 'the answer was lost' });
    };
  }
}

function bound(store: SessionStore): SessionStore {
  return {
    append: (append) => store.append(append),
    read: (sessionId) => store.read(sessionId),
    inspect: (sessionId) => store.inspect(sessionId),
    compact: (compaction) => store.compact(compaction),
    touch: (touch) => store.touch(touch),
    lock: (request) => store.lock(request),
    unlock: (lock) => store.unlock(lock),
    forgetLapsed: (lock) => store.forgetLapsed(lock),
    erase: (erasure) => store.erase(erasure),
    quarantine: (moves) => store.quarantine(moves),
    unseal: (sessionId) => store.unseal(sessionId),
    watch: (sessionId, follower) => store.watch(sessionId, follower),
    index: (entry) => store.index(entry),
    unindex: (entries) => store.unindex(entries),
    eraseUser: (erasure) => store.eraseUser(erasure),
    noteEnd: (end) => store.noteEnd(end),
    userSessions: (userId, page) => store.userSessions(userId, page),
    inspectUser: (userId) => store.inspectUser(userId),
    scanSessions: (scan) => store.scanSessions(scan),
    momentOf: (sessionId, receivedAtMs) => store.momentOf(sessionId, receivedAtMs),
    shardOfSession: (sessionId) => store.shardOfSession(sessionId),
    shardOfUser: (userId) => store.shardOfUser(userId),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
