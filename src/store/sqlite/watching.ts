// Follows sessions in the embedded store. What this process writes is reported at once; that
// another process has written to the file shows in a counter of SQLite, and then all sessions that
// are followed may have changed.

import type { DatabaseSync } from 'node:sqlite';
import type { KeyFollower } from '../key-follower.ts';
import type { SessionStore } from '../session-store.ts';

/** How often the counter is read. */
const POLL_MS = 50;

export function reportingWrites<Store extends Omit<SessionStore, 'watch'>>(
  store: Store,
  database: DatabaseSync,
): Store & Pick<SessionStore, 'watch'> {
  const followers = new Map<string, Set<KeyFollower>>();
  const dataVersion = database.prepare('PRAGMA data_version');
  let version: unknown;
  let polling: NodeJS.Timeout | undefined;

  return {
    ...store,
    append: async (append, limits) =>
      reporting(append.sessionId, await store.append(append, limits)),
    lock: async (request, limits) =>
      reporting(request.sessionId, await store.lock(request, limits)),
    unlock: async (lock, limits) => reporting(lock.sessionId, await store.unlock(lock, limits)),
    forgetLapsed: async (lock, limits) =>
      reporting(lock.sessionId, await store.forgetLapsed(lock, limits)),
    erase: async (erasure, limits) =>
      reporting(erasure.sessionId, await store.erase(erasure, limits)),
    watch(sessionId, follower) {
      const of = followers.getOrInsertComputed(sessionId, () => new Set());
      of.add(follower);
      if (polling === undefined) {
        version = readVersion();
        polling = setInterval(poll, POLL_MS).unref();
      }
      return () => {
        of.delete(follower);
        if (of.size === 0 && followers.get(sessionId) === of) followers.delete(sessionId);
        if (followers.size === 0) stop();
      };
    },
    async close() {
      followers.clear();
      stop();
      await store.close();
    },
  };

  function reporting<Answer>(sessionId: string, answer: Answer): Answer {
    for (const follower of followers.get(sessionId) ?? []) {
      follower.changed();
      follower.looked('pushed');
    }
    return answer;
  }

  function poll(): void {
    const found = readVersion();
    const hasChanged = found !== version;
    version = found;
    for (const of of followers.values()) {
      for (const follower of of) {
        if (hasChanged) follower.changed();
        follower.looked(found === undefined ? 'failed' : 'polled');
      }
    }
  }

  /** Undefined if the file cannot be read now. */
  function readVersion(): unknown {
    try {
      return dataVersion.get()?.data_version;
    } catch {
      return undefined;
    }
  }

  function stop(): void {
    clearInterval(polling);
    polling = undefined;
  }
}
