// The notes that this process has written in users' indexes since they were due, until the next
// update of their session confirms them. One that is lost costs another note, no more.

import type { ConfirmedNote } from '../../store/due-note.ts';
import { createLatestEntries } from '../../store/latest-entries.ts';

/** Sessions that are kept at least: those that were noted last. */
const SESSIONS_KEPT = 5000;

type Note = { tag: string; atMonotonicMs: number };

export type ConfirmedNotes = {
  /** A note is in the index. `atMonotonicMs`: a time before it was sent. */
  add(sessionId: string, note: Note): void;
  /** The note to be confirmed with the session's next update, once. */
  take(sessionId: string): ConfirmedNote | undefined;
};

export function createConfirmedNotes(nowMonotonicMs: () => number): ConfirmedNotes {
  const notes = createLatestEntries<Note>(SESSIONS_KEPT);
  return {
    add: notes.set,
    take(sessionId) {
      const note = notes.get(sessionId);
      if (!note) return undefined;
      notes.delete(sessionId);
      return { tag: note.tag, ageMs: Math.ceil(nowMonotonicMs() - note.atMonotonicMs) };
    },
  };
}
