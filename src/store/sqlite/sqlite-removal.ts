// Redis forgets an expired key by itself; here a timer does. Nothing depends on it but the size of the file:
// what has expired reads as missing from that instant on.

import type { DatabaseSync } from 'node:sqlite';

/** What one transaction removes at most, so that no request waits for long. */
const REMOVED_AT_ONCE = 50;
const PAUSE_MS = 60_000;
const PAUSE_WITH_MORE_LEFT_MS = 20;

/** Prepares the removal of one chunk of expired sessions and index entries; answers how many there were. */
export function prepareRemoval(database: DatabaseSync): (nowMs: number) => number {
  const removals = [
    `DELETE FROM sessions WHERE session_id IN (
       SELECT session_id FROM sessions WHERE expires_at <= ? LIMIT ${REMOVED_AT_ONCE})`,
    `DELETE FROM user_sessions WHERE (user_id, session_id) IN (
       SELECT user_id, session_id FROM user_sessions WHERE expires_at <= ? LIMIT ${REMOVED_AT_ONCE})`,
  ].map((statement) => database.prepare(statement));
  return (nowMs) => removals.reduce((sum, removal) => sum + Number(removal.run(nowMs).changes), 0);
}

/**
 * Calls `remove` again and again: soon while there is more to remove, else after a minute. A failure is
 * handed over and tried again. Does not keep the process alive; answers what stops it.
 */
export function startRemoving(
  remove: () => Promise<number>,
  onFailure: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const plan = (pauseMs: number) => {
    if (!isStopped) timer = setTimeout(run, pauseMs).unref();
  };
  const run = () => {
    remove().then(
      (removed) => plan(removed === 0 ? PAUSE_MS : PAUSE_WITH_MORE_LEFT_MS),
      (error) => {
        onFailure(error);
        plan(PAUSE_MS);
      },
    );
  };
  plan(PAUSE_WITH_MORE_LEFT_MS);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
