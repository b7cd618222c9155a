// Keeping the index of a user's sessions: told of a session beside its first update, and then at
// most once a minute, so that an active session costs one index write a minute and its time is
// exact to a minute.
//
// What was told holds for one incarnation of the session only: its entry goes with an erase, and
// whoever begins the session anew may be another sidecar, or an update that names no user.

import type {
  AttemptLimits,
  IndexResult,
  SessionStore,
  UserSession,
} from '../../store/session-store.ts';

const REFRESH_MS = 60_000;
/** Sessions remembered as told. Forgetting one costs a write, nothing else. */
const REMEMBERED_MAX = 20_000;

export type UserIndex = {
  /** Tells the store of the session, if it is time. `recent`: it was told within the last minute.
   * Rejects if the store could not be told. */
  note(entry: UserSession, limits?: AttemptLimits): Promise<IndexResult | 'recent'>;
  /** Learns in which incarnation an update is stored, undefined if that is not known, and what
   * its noting had answered. False if what was told before may be of another one: it is forgotten,
   * and to be noted again. */
  confirm(
    entry: UserSession,
    stored: { incarnation: string | undefined; answer: 'noted' | 'recent' },
  ): boolean;
};

/** `incarnation`: undefined until the update that was told of is stored, which it may never be. */
type Told = { atMs: number; incarnation: string | undefined };

export function createUserIndex(
  store: Pick<SessionStore, 'index'>,
  nowMonotonicMs: () => number,
): UserIndex {
  // In order of the last telling, oldest first.
  const remembered = new Map<string, Told>();

  return {
    async note(entry, limits) {
      const key = keyOf(entry);
      const nowMs = nowMonotonicMs();
      const told = remembered.get(key);
      if (told && nowMs - told.atMs < REFRESH_MS) return 'recent';
      remembered.delete(key);
      remembered.set(key, { atMs: nowMs, incarnation: undefined });
      forgetOldest();
      try {
        const result = await store.index(entry, limits);
        if (result === 'erased') remembered.delete(key);
        return result;
      } catch (error) {
        remembered.delete(key);
        throw error;
      }
    },

    confirm(entry, { incarnation, answer }) {
      const key = keyOf(entry);
      const told = remembered.get(key);
      if (told && answer === 'noted') told.incarnation = incarnation;
      if (answer === 'noted' || (incarnation && told?.incarnation === incarnation)) return true;
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
