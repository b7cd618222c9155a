// Waiting for a lock that somebody holds. The waiters for one session in this process form a line.
// Only the first of them asks the store, every 10 to 25 ms, at random intervals so that processes
// do not ask in step; the others cost the store nothing. When the first leaves, with the lock or
// without, the next one is first and asks at once. A lock that is released in this process wakes
// the first, so that handing a lock over takes one call within a process, and one interval more
// between processes. With many sessions to wait for, the intervals grow with their number: a
// process asks about 3000 times a second at most.
//
// The line is fair within a process only: between processes the first to ask wins.

import { Refusal } from '../../session/errors.ts';
import type { Patience } from '../retrying/until-deadline.ts';

const PAUSE_MIN_MS = 10;
const PAUSE_SPREAD_MS = 15;
/** With more lines than this, the pause grows with their number. */
const LINES_AT_FULL_PACE = 50;
/** Waiters of all sessions in this process. Each is a request in flight, and a listener takes 1000
 * of these: the rest is left for the holders. */
const WAITERS_MAX = 500;

export type Wait<Answer> = {
  /** Asks the store; undefined if the lock is still held by somebody else. */
  ask: () => Promise<Answer | undefined>;
  /** It has just asked, so there is no need to ask as soon as it is first. */
  hasAsked: boolean;
  /** When the wait ends, on the clock of `performance.now()`: nobody asks after that. */
  untilMs: number;
  /** Leaves the line when aborted. */
  signal?: AbortSignal;
};

export type LockQueue = {
  /** Whether anybody in this process waits for the session's lock. */
  hasWaiters(sessionId: string): boolean;
  /** The first answer of the store; undefined if the wait timed out or was aborted. Refuses
   * (`overloaded`) if too many wait. */
  wait<Answer>(sessionId: string, wait: Wait<Answer>): Promise<Answer | undefined>;
  /** Says that the lock may be free: the first in the line asks at once. */
  wake(sessionId: string): void;
};

/** `isWoken`: it is first, and was woken since it last asked. */
type Waiter = { isWoken: boolean; endPause: () => void };

export function createLockQueue({
  nowMonotonicMs,
  random,
}: Omit<Patience, 'requestDeadlineMs'>): LockQueue {
  const lines = new Map<string, Waiter[]>();
  let waiters = 0;

  return {
    hasWaiters: (sessionId) => lines.has(sessionId),
    wake: (sessionId) => wakeFirst(lines.get(sessionId) ?? []),
    async wait(sessionId, wait) {
      if (waiters >= WAITERS_MAX) throw tooManyWaiters();
      const me: Waiter = { isWoken: false, endPause: () => {} };
      const line = lines.get(sessionId) ?? [];
      lines.set(sessionId, line);
      line.push(me);
      waiters += 1;
      try {
        return await answerInLine(line, me, wait);
      } finally {
        waiters -= 1;
        const wasFirst = line[0] === me;
        line.splice(line.indexOf(me), 1);
        if (line.length === 0) lines.delete(sessionId);
        else if (wasFirst) wakeFirst(line);
      }
    },
  };

  async function answerInLine<Answer>(line: Waiter[], me: Waiter, wait: Wait<Answer>) {
    const { ask, untilMs, signal } = wait;
    const leftMs = () => untilMs - nowMonotonicMs();
    for (let isDue = !wait.hasAsked; !signal?.aborted; isDue = true) {
      const isFirst = line[0] === me;
      if (isFirst && isDue) {
        me.isWoken = false;
        const answer = await ask();
        if (answer !== undefined) return answer;
      }
      // Computed once, since it may be negative a moment later.
      const left = leftMs();
      if (left <= 0 || signal?.aborted) return undefined;
      const pauseMs = isFirst ? askAgainAfterMs() : Number.POSITIVE_INFINITY;
      if (!me.isWoken) await pause(me, { forMs: Math.min(pauseMs, left), signal });
      if (leftMs() <= 0) return undefined;
    }
    return undefined;
  }

  function askAgainAfterMs(): number {
    return (
      (PAUSE_MIN_MS + PAUSE_SPREAD_MS * random()) * Math.max(1, lines.size / LINES_AT_FULL_PACE)
    );
  }
}

function wakeFirst([first]: Waiter[]): void {
  if (!first) return;
  first.isWoken = true;
  first.endPause();
}

function pause(
  waiter: Waiter,
  { forMs, signal }: { forMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, forMs);
    signal?.addEventListener('abort', end, { once: true });
    waiter.endPause = end;
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}

function tooManyWaiters(): Refusal {
  return new Refusal(
    'overloaded',
    `${WAITERS_MAX} requests wait for locks already, which is the most`,
  );
}
