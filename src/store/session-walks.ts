// Walks over many sessions, step by step: over all of a store, and over those of a user.

/** One entry of a user's index. Its session may not exist any more. */
export type IndexedSession = { sessionId: string; eventMs: number };

/** Which entries of a user's index to read. */
export type IndexPage = {
  /** How many entries to leave out before them. */
  offset: number;
  limit: number;
  /** Only entries that come after this one, which need not exist any more: so a walk through the
   * index finds each entry once, while others are added, moved forward or removed. */
  after?: IndexedSession | undefined;
};

/** One step of a walk over all sessions. */
export type SessionScan = {
  /** Where the walk is: empty at its beginning, then `next` of the step before. */
  position: string;
  /** Only sessions whose ids begin with this. */
  idPrefix: string;
  /** About how many keys to look at. */
  count: number;
  /** Leave out the part of the store that comes next, because it cannot be reached. */
  skipsShard?: boolean;
};

/** What a step of the walk found. */
export type ScannedSessions = {
  /** Sessions that may be live, each once in a step; may be empty, or more than `count`. */
  sessionIds: string[];
  /** Where the walk continues; undefined at its end. */
  next: string | undefined;
  /** The walk over a part of the store began again, since its server was replaced: ids of earlier
   * steps may follow again. */
  hasRestarted: boolean;
  /** Names the part that was left out, if that was asked for. A store without parts leaves out
   * none. */
  skippedShard?: string | undefined;
};
