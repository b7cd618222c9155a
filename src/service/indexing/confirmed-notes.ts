// The notes that this process has written in users' indexes since they were due, until the next
// update of their session confirms them. One that is lost costs another note, no more. They are
// kept in two maps, the latest and those before: to look for the oldest in one map takes as long as
// all that was deleted in front of it.

import type { ConfirmedNote } from '../../store/due-note.ts';

/** Sessions in one map. Those that were noted last are kept, so many at least where there are. */
const SESSIONS_MAX = 5000;

type Note = { tag: string; atMonotonicMs: number };

export type ConfirmedNotes = {
  /** A note is in the index. `atMonotonicMs`: a time before it was sent. */
  add(sessionId: string, note: Note): void;
  /** The note to be confirmed with the session's next update, once. */
  take(sessionId: string): ConfirmedNote | undefined;
};

export function createConfirmedNotes(nowMonotonicMs: () => number): ConfirmedNotes {
  let latest = new Map<string, Note>();
  let earlier = new Map<string, Note>();
  return {
    add(sessionId, note) {
      if (latest.size >= SESSIONS_MAX) {
        earlier = latest;
        latest = new Map();
      }
      latest.set(sessionId, note);
    },
    take(sessionId) {
      const note = latest.get(sessionId) ?? earlier.get(sessionId);
      if (!note) return undefined;
      latest.delete(sessionId);
      earlier.delete(sessionId);
      return { tag: note.tag, ageMs: Math.ceil(nowMonotonicMs() - note.atMonotonicMs) };
    },
  };
}
