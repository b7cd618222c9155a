// When a session was last noted in its user's index: with its first update, and then once a minute
// at most, so that an active session costs one index write a minute and its time in the index is
// exact to a minute.
//
// A note is valid for one incarnation of the session only: an erase removes the entry, and the next
// update of the session may come to another sidecar, or name no user.

import type { IndexResult, SessionStore, UserSession } from '../../store/session-store.ts';

const REFRESH_MS = 60_000;
/** Notes remembered. Forgetting one costs a write, nothing else. */
const REMEMBERED_MAX = 20_000;

export type RecentNotes = {
  /** Writes the entry of a session, if it is due. `recent`: it was written within the last
   * minute. Rejects if it could not be written. */
  note(entry: UserSession, store: Pick<SessionStore, 'index'>): Promise<IndexResult | 'recent'>;
  /** Takes the incarnation in which an update is stored, undefined if that is not known, and the
   * answer to its note. False if an earlier note may belong to another incarnation: it is
   * forgotten, and the session is to be noted again. */
  confirm(
    entry: UserSession,
    stored: { incarnation: string | undefined; answer: 'noted' | 'recent' },
  ): boolean;
};

/** `incarnation`: undefined until the update that it came with is stored, which it may never be. */
type RecentNote = { atMs: number; incarnation: string | undefined };

export function createRecentNotes(nowMonotonicMs: () => number): RecentNotes {
  // Oldest note first.
  const remembered = new Map<string, RecentNote>();

  return {
    async note(entry, store) {
      const key = keyOf(entry);
      const nowMs = nowMonotonicMs();
      const recent = remembered.get(key);
      if (recent && nowMs - recent.atMs < REFRESH_MS) return 'recent';
      remembered.delete(key);
      remembered.set(key, { atMs: nowMs, incarnation: undefined });
      forgetOldest();
      try {
        const result = await store.index(entry);
        if (result === 'erased') remembered.delete(key);
        return result;
      } catch (error) {
        remembered.delete(key);
        throw error;
      }
    },

    confirm(entry, { incarnation, answer }) {
      const key = keyOf(entry);
      const recent = remembered.get(key);
      if (recent && answer === 'noted') recent.incarnation = incarnation;
      if (answer === 'noted' || (incarnation && recent?.incarnation === incarnation)) return true;
      remembered.delete(key);
      return false;
    },
  };

  function forgetOldest(): void {
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
  }
}

function keyOf({ userId, sessionId }: UserSession): string {
  return JSON.stringify([userId, sessionId]);
}
