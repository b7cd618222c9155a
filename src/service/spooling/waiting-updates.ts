// The spooled updates that wait for the store, as they are in memory: by session, in the order of
// their receipt, and by the users whom they name.

import type { SpoolableUpdate } from './row-codec.ts';

/** An update in the spool. */
export type WaitingUpdate = SpoolableUpdate & {
  /** Of its row. */
  number: number;
  /** When this process spooled it, or found it, on the clock of `performance.now()`. */
  foundAtMs: number;
};

export type WaitingUpdates = {
  add(update: WaitingUpdate): void;
  remove(update: WaitingUpdate): void;
  /** Those of a session, oldest first. */
  of(sessionId: string): readonly WaitingUpdate[];
  /** The oldest of a session. */
  first(sessionId: string): WaitingUpdate | undefined;
  /** The sessions of those that name a user. */
  sessionsOf(userId: string): readonly string[];
  /** All, oldest row first. */
  all(): Iterable<WaitingUpdate>;
  count(): number;
};

const NONE: readonly WaitingUpdate[] = [];

export function createWaitingUpdates(): WaitingUpdates {
  const rows = new Map<number, WaitingUpdate>();
  const bySession = new Map<string, WaitingUpdate[]>();
  const byUser = new Map<string, Set<WaitingUpdate>>();

  return {
    add(update) {
      rows.set(update.number, update);
      const updates = bySession.getOrInsertComputed(update.sessionId, () => []);
      const place = updates.findLastIndex(({ number }) => number < update.number) + 1;
      updates.splice(place, 0, update);
      if (update.userId !== '')
        byUser.getOrInsertComputed(update.userId, () => new Set()).add(update);
    },
    remove(update) {
      const { number, sessionId, userId } = update;
      if (!rows.delete(number)) return;
      const updates = bySession.get(sessionId) ?? [];
      updates.splice(updates.indexOf(update), 1);
      if (updates.length === 0) bySession.delete(sessionId);
      const named = byUser.get(userId);
      named?.delete(update);
      if (named?.size === 0) byUser.delete(userId);
    },
    of: (sessionId) => bySession.get(sessionId)?.slice() ?? NONE,
    first: (sessionId) => bySession.get(sessionId)?.[0],
    sessionsOf: (userId) => [
      ...new Set([...(byUser.get(userId) ?? [])].map(({ sessionId }) => sessionId)),
    ],
    all: () => rows.values(),
    count: () => rows.size,
  };
}
