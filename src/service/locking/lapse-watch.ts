// Counting the locks that ran out without a release and that nobody takes again. Whoever next comes
// to such a lock is told that it lapsed, once; where nobody comes, the process that granted it
// asks, shortly before the store forgets it: its late holder then still had nearly all of that time
// to hear of it first. A process that ends before that leaves its locks uncounted.

import { LAPSED_LOCK_MS } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';
import { untilDeadline } from '../until-deadline.ts';

/** How long before the store forgets a lapsed lock it is asked for it. */
const ASK_BEFORE_MS = 10_000;
/** Locks watched. Of more than that the oldest is forgotten, and would not be counted. */
const WATCHED_MAX = 10_000;

type Lock = { sessionId: string; token: string };

export type LapseWatch = {
  /** A lock was granted or renewed, for that time from now on. */
  held(lock: Lock & { ttlMs: number }): void;
  /** It was given back, or is not held any more: somebody has been told what became of it. */
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
      const [oldest] = timers.keys();
      if (timers.size > WATCHED_MAX && oldest !== undefined) forget(oldest);
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
      const hasLapsed = await untilDeadline((limits) => store.forgetLapsed(lock, limits), {
        receipt,
        patience,
      });
      if (hasLapsed) observer.lockLapsed(lock);
    } catch (cause) {
      observer.lapseUnknown({ sessionId: lock.sessionId, cause });
    }
  }
}
