// Counting the locks that ran out without a release and that nobody takes again. The next request
// for such a lock is answered, once, that it lapsed. If none comes, the process that granted the
// lock asks the store shortly before the store forgets it, so that a late holder has nearly all of
// that time to learn of it first. A process that ends before that leaves its locks uncounted.

import { LAPSED_LOCK_MS } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';

/** How long before the store forgets a lapsed lock the store is asked for it. */
const ASK_BEFORE_MS = 10_000;
/** Locks watched at most. Beyond that the oldest is no longer watched, and may go uncounted. */
const WATCHED_MAX = 10_000;

type Lock = { sessionId: string; token: string };

export type LapseWatch = {
  /** A lock was granted or renewed, for that time from now on. */
  held(lock: Lock & { ttlMs: number }): void;
  /** It was given back, or its holder has learned that it is no longer held. */
  ended(lock: Lock): void;
  close(): void;
};

export function createLapseWatch({ store, patience, observer }: ServiceParts): LapseWatch {
  const timers = new Map<string, NodeJS.Timeout>();

  return {
    held({ sessionId, token, ttlMs }) {
      forget(token);
      const askAfterMs = ttlMs + LAPSED_LOCK_MS - ASK_BEFORE_MS;
      timers.set(token, setTimeout(ask, askAfterMs, { sessionId, token }).unref());
      if (timers.size <= WATCHED_MAX) return;
      // Only here, since it takes as long as all that was deleted in front of it.
      const [oldest] = timers.keys();
      if (oldest !== undefined) forget(oldest);
    },
    ended: ({ token }) => forget(token),
    close() {
      for (const token of [...timers.keys()]) forget(token);
    },
  };

  function forget(token: string): void {
    clearTimeout(timers.get(token));
    timers.delete(token);
  }

  async function ask(lock: Lock): Promise<void> {
    timers.delete(lock.token);
    const receipt = { wallMicros: 0n, monotonicMs: patience.nowMonotonicMs() };
    try {
      if (await store.within(receipt).forgetLapsed(lock)) observer.lockLapsed(lock);
    } catch (cause) {
      observer.lapseUnknown({ sessionId: lock.sessionId, cause });
    }
  }
}
