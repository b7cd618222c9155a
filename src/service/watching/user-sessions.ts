// The sessions of a user that is watched, by the user's index, which is read every second.

import type { SessionStore } from '../../store/session-store.ts';

const READ_EVERY_MS = 1000;
/** The sessions with the latest events are watched, at most so many. */
export const USER_SESSIONS_MAX = 50;

export type UserSessions = {
  /** When the index was read last, on the clock of `performance.now()`; -Infinity before that. */
  seenUntilMs(): number;
  end(): void;
};

/** Reads the index until it is ended. `onListed` is called with every list. */
export function followUserSessions(
  store: Pick<SessionStore, 'userSessions'>,
  userId: string,
  options: {
    nowMonotonicMs: () => number;
    onListed: (sessionIds: readonly string[]) => void;
    /** The index could not be read; it is read again soon. */
    onFailed: (cause: unknown) => void;
  },
): UserSessions {
  const { nowMonotonicMs, onListed, onFailed } = options;
  let seenUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  void list();
  return {
    seenUntilMs: () => seenUntilMs,
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };

  async function list(): Promise<void> {
    const startedMs = nowMonotonicMs();
    try {
      const page = { offset: 0, limit: USER_SESSIONS_MAX };
      const entries = await store.userSessions(userId, page);
      if (hasEnded) return;
      seenUntilMs = startedMs;
      onListed(entries.map(({ sessionId }) => sessionId));
    } catch (cause) {
      onFailed(cause);
    }
    if (!hasEnded) timer = setTimeout(list, READ_EVERY_MS).unref();
  }
}
