// The sessions that were updated lately and have something to compact, until they take no more
// updates. They are kept in two maps, those since the last turn and those of the one before: so an
// update costs the same however many there are, and a turn finds those that were left alone.

/** Sessions that are watched at most. Beyond that a session is compacted at its next trigger. */
const WATCHED_MAX = 100_000;

export type IdleSessions = {
  /** A session was updated; `isWorthIt`: it is to be compacted if that was the last update. */
  updated(sessionId: string, isWorthIt: boolean): void;
  /** Forgets all sessions. */
  close(): void;
};

/** Calls `onIdle` with each session that has not been updated for `afterMs`, and before that has
 * passed twice. Not beyond the end of the process: a session that is forgotten stays as it is. */
export function createIdleSessions({
  afterMs,
  onIdle,
}: {
  afterMs: number;
  onIdle: (sessionId: string) => void;
}): IdleSessions {
  let latest = new Map<string, boolean>();
  let earlier = new Map<string, boolean>();
  let timer: NodeJS.Timeout | undefined;

  return {
    updated(sessionId, isWorthIt) {
      const isWatched = latest.has(sessionId) || earlier.has(sessionId);
      if (!isWatched && (!isWorthIt || latest.size >= WATCHED_MAX)) return;
      latest.set(sessionId, isWorthIt);
      timer ??= startTurn();
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      latest.clear();
      earlier.clear();
    },
  };

  function startTurn(): NodeJS.Timeout {
    return setTimeout(turn, afterMs).unref();
  }

  function turn(): void {
    const before = earlier;
    earlier = latest;
    latest = new Map();
    timer = earlier.size > 0 ? startTurn() : undefined;
    for (const [sessionId, isWorthIt] of before)
      if (isWorthIt && !earlier.has(sessionId)) onIdle(sessionId);
  }
}
