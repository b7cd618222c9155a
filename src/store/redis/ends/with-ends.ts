import type { SessionStore } from '../../session-store.ts';
import { isFrameName } from '../../stored-value.ts';
import type { DueEnd } from './due-ends.ts';

/** The ends that a store notes. */
export type NotedEnds = {
  noteEnd: SessionStore['noteEnd'];
  /** Something else ends in so many ms; undefined: it need not be waited for any more. */
  note(end: DueEnd, inMs: number | undefined): void;
  /** Stops sweeping, gives up the leases, and stores what was noted if that is possible at once. */
  close(): Promise<void>;
};

/** The store, whose sessions, tombstones and frames in quarantine are reported when they end. What is
 * erased, or taken out of quarantine, is waited for no more. */
export function withEnds(store: SessionStore, ends: NotedEnds): SessionStore {
  return {
    ...store,
    noteEnd: ends.noteEnd,

    async erase(erasure, limits) {
      const result = await store.erase(erasure, limits);
      if (result.status !== 'erased') return result;
      const { sessionId, incarnation, tombstoneTtlMs } = erasure;
      ends.note({ kind: 'tombstone', detail: '', sessionId }, tombstoneTtlMs);
      if (incarnation) ends.note({ kind: 'session', detail: incarnation, sessionId }, undefined);
      return result;
    },

    async quarantine(moves, limits) {
      const moved = await store.quarantine(moves, limits);
      const { sessionId, ttlMs } = moves;
      const done = new Set(moved);
      for (const { move, name } of moves.moves) {
        if (!done.has(name) || !isFrameName(name)) continue;
        const end = { kind: 'quarantine', detail: name, sessionId } as const;
        ends.note(end, move === 'quarantine' ? ttlMs : undefined);
      }
      return moved;
    },

    async close() {
      await ends.close();
      await store.close();
    },
  };
}
