// The notes that this process has written in users' indexes since they were due, until the next
// update of their session confirms them. One that is lost costs another note, no more.

import type { ConfirmedNote } from '../../store/due-note.ts';

/** The sessions with a note to be confirmed: those that were noted last. */
const SESSIONS_MAX = 10_000;

export type ConfirmedNotes = {
  /** A note is in the index. `atMonotonicMs`: a time before it was sent. */
  add(sessionId: string, note: { tag: string; atMonotonicMs: number }): void;
  /** The note to be confirmed with the session's next update, once. */
  take(sessionId: string): ConfirmedNote | undefined;
};

export function createConfirmedNotes(nowMonotonicMs: () => number): ConfirmedNotes {
  const notes = new Map<string, { tag: string; atMonotonicMs: number }>();
  return {
    add(sessionId, note) {
      notes.delete(sessionId);
      notes.set(sessionId, note);
      if (notes.size <= SESSIONS_MAX) return;
      for (const [oldest] of notes) {
        notes.delete(oldest);
        break;
      }
    },
    take(sessionId) {
      const note = notes.get(sessionId);
      if (!note) return undefined;
      notes.delete(sessionId);
      return { tag: note.tag, ageMs: Math.ceil(nowMonotonicMs() - note.atMonotonicMs) };
    },
  };
}
