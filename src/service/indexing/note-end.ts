import { type DueNote, leastLifeMs } from '../../store/due-note.ts';
import type { SessionStore } from '../../store/session-store.ts';

/** Notes when a session ends, after an update that has made a note due. Answers whether that is
 * stored. */
export function noteEnd(
  store: Pick<SessionStore, 'noteEnd'>,
  update: { sessionId: string; incarnation: string; due: DueNote; receivedAtMonotonicMs: number },
): Promise<boolean> {
  const { sessionId, incarnation, due, receivedAtMonotonicMs } = update;
  const endsAtMonotonicMs = receivedAtMonotonicMs + leastLifeMs(due);
  return store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs });
}
