// The versions of SessionState, and which of them a frame must have.
//
// A frame has the lowest version that can hold its contents. So a newer version is written only
// where something needs it, and a process that does not know the version loses nothing by folding:
// a frame that it cannot fold is one that it cannot read either. docs/compatibility.md lists which
// releases read and write which versions.

import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';

/** The format that every released version reads. */
export const FIRST_FORMAT = 1;

/** Compressed and encrypted content (`sealed`), and updates that replace (`replaces_variables`,
 * `replaces_context`). */
export const SECOND_FORMAT = 2;

/** The newest format that this code reads and folds. */
export const NEWEST_FORMAT = SECOND_FORMAT;

/** The newest format that may be written: WRITE_FORMAT. What was read in a newer format is written
 * in that one. */
export type WriteFormat = typeof FIRST_FORMAT | typeof SECOND_FORMAT;

/** The lowest version that can hold these updates, without compression. */
export function formatFor(updates: SessionState['updates']): WriteFormat {
  const isReplacing = updates.some((update) => update.replacesVariables || update.replacesContext);
  return isReplacing ? SECOND_FORMAT : FIRST_FORMAT;
}
