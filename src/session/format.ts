// The versions of SessionState, and which of them a frame has to be.
//
// A frame has the lowest version that can say what it holds. So a version is written only where
// something needs it, and a process that does not know it loses nothing by folding: what it cannot
// fold it cannot read either. docs/compatibility.md says which releases read and write which.

import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';

/** What every released version reads. */
export const FIRST_FORMAT = 1;

/** Compressed and encrypted content (`sealed`), and updates that replace (`replaces_variables`,
 * `replaces_context`). */
export const SECOND_FORMAT = 2;

/** The newest that this code reads, and folds. */
export const NEWEST_FORMAT = SECOND_FORMAT;

/** What may be written of its own accord: WRITE_FORMAT. What is read in a newer format is kept in
 * it. */
export type WriteFormat = typeof FIRST_FORMAT | typeof SECOND_FORMAT;

/** The lowest version that can hold these updates, as they are, not compressed. */
export function formatFor(updates: SessionState['updates']): WriteFormat {
  const isReplacing = updates.some((update) => update.replacesVariables || update.replacesContext);
  return isReplacing ? SECOND_FORMAT : FIRST_FORMAT;
}
