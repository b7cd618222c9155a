// Keeping the index of a user's sessions: told of a session beside its first update, and then at most once a
// minute, so that an active session costs one index write a minute and its time is exact to a minute.

import type { SessionStore, UserSession } from '../store/session-store.ts';

const REFRESH_MS = 60_000;
/** Sessions remembered as told. Forgetting one costs a write, nothing else. */
const REMEMBERED_MAX = 20_000;

export type UserIndex = {
  /** Tells the store of the session, if it is time. Rejects if the store could not be told. */
  note(entry: UserSession): Promise<void>;
};

export function createUserIndex(store: Pick<SessionStore, 'index'>, nowMonotonicMs: () => number): UserIndex {
  // In order of the last telling, oldest first.
  const toldAtMs = new Map<string, number>();

  return {
    async note(entry) {
      const key = JSON.stringify([entry.userId, entry.sessionId]);
      const nowMs = nowMonotonicMs();
      if (nowMs - (toldAtMs.get(key) ?? -REFRESH_MS) < REFRESH_MS) return;
      toldAtMs.delete(key);
      toldAtMs.set(key, nowMs);
      forgetOldest();
      try {
        await store.index(entry);
      } catch (error) {
        toldAtMs.delete(key);
        throw error;
      }
    },
  };

  function forgetOldest(): void {
    const [oldest] = toldAtMs.keys();
    if (toldAtMs.size > REMEMBERED_MAX && oldest !== undefined) toldAtMs.delete(oldest);
  }
}
