// One process of the model: its own service over the shared store, whose answers can be lost.

import type { CompactionResult } from '../../src/service/service-parts.ts';
import {
  type Append,
  type Compaction,
  type CompactResult,
  type SessionStore,
  StoreUnavailable,
} from '../../src/store/session-store.ts';
import { createTestService } from '../support/test-service.ts';
import type { ModelWorld } from './model-world.ts';

export type Sidecar = ReturnType<typeof createSidecar>;

/** A process over the world's store. */
export function createSidecar(world: ModelWorld, ttlMs: number) {
  const { store } = world;
  const results: CompactionResult[] = [];
  const sidecar = {
    results,
    loseAnswer: false,
    beforeCompact: async () => {},
    service: createTestService(
      {
        ...unbound(store),
        append: async (append: Append) => answerOrLose(await store.append(append)),
        async compact(compaction: Compaction): Promise<CompactResult> {
          await sidecar.beforeCompact();
          const answer = await store.compact(compaction);
          // A compactor whose answer was lost runs the same step again.
          return sidecar.loseAnswer ? store.compact(compaction) : answer;
        },
      },
      {
        settings: { sessionTtlMs: ttlMs, sessionMaxBytes: 1e9 },
        // Below what Patience asks for: the pause after each of thousands of lost answers is cut short.
        patience: { requestDeadlineMs: 60_000, nowMonotonicMs: world.nowMonotonicMs, random: () => -0.499 },
        observer: { compactionEnded: ({ result }) => results.push(result) },
      },
    ),
  };
  return sidecar;

  function answerOrLose<T>(answer: T): T {
    if (!sidecar.loseAnswer) return answer;
    sidecar.loseAnswer = false;
    throw new StoreUnavailable('append', { reason: 'the answer was lost' });
  }
}

function unbound(store: SessionStore): SessionStore {
  return {
    append: (append) => store.append(append),
    read: (sessionId) => store.read(sessionId),
    compact: (compaction) => store.compact(compaction),
    index: (entry) => store.index(entry),
    userSessions: (userId, page) => store.userSessions(userId, page),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
