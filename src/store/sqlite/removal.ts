// Redis forgets an expired key by itself; here a timer does. Nothing depends on it but the size of
// the file: what has expired reads as missing from that instant on.

import type { DatabaseSync } from 'node:sqlite';
import { INSTANT_END_MS } from '../stored-number.ts';
import type { SqliteClock } from './clock.ts';

/** What one transaction removes at most of each table. */
const REMOVED_AT_ONCE = 50;
/** How long one transaction goes on removing: rows may be large, and everything else waits
 * meanwhile. */
const HOLD_MAX_MS = 10;
const PAUSE_MS = 60_000;
const PAUSE_WITH_MORE_LEFT_MS = 20;

/** The tables, and what tells their rows apart. */
const KEYS = {
  sessions: 'session_id',
  user_sessions: 'user_id, session_id',
  locks: 'session_id',
  tombstones: 'session_id',
  quarantine: 'session_id, name',
  user_tombstones: 'user_id',
};

/** The longest life that a session can be given: one that gets it anew loses none of its own. */
const MENDED_LIFE_MS = 400 * 24 * 60 * 60 * 1000;

/** Prepares the removal of one chunk of what has expired; answers how many rows there were. */
export function prepareRemoval(
  database: DatabaseSync,
  { nowMonotonicMs }: Pick<SqliteClock, 'nowMonotonicMs'>,
): (nowMs: number) => number {
  // A session whose expiry cannot be read is not over, and would stay for ever: it is given one.
  // Without an incarnation it is still damaged, and its next append repairs it.
  const mending = database.prepare(
    `UPDATE sessions SET expires_at = ?, incarnation = NULL WHERE session_id IN (
       SELECT session_id FROM sessions
        WHERE expires_at IS NULL OR expires_at < 0 OR expires_at >= ${INSTANT_END_MS} LIMIT ${REMOVED_AT_ONCE})`,
  );
  // What else has an expiry that cannot be read counts for nothing (see STANDS), and goes. Row by
  // row, so that the time can be looked at in between.
  const removals = Object.entries(KEYS).map(([table, key]) =>
    database.prepare(
      `DELETE FROM ${table} WHERE (${key}) IN (
         SELECT ${key} FROM ${table} WHERE expires_at <= ? OR expires_at >= ${INSTANT_END_MS} LIMIT 1)`,
    ),
  );
  return (nowMs) => {
    const endMs = nowMonotonicMs() + HOLD_MAX_MS;
    mending.run(nowMs + MENDED_LIFE_MS);
    let removed = 0;
    for (const removal of removals) {
      for (let rows = 0; rows < REMOVED_AT_ONCE && removal.run(nowMs).changes > 0; rows++) {
        removed++;
        if (nowMonotonicMs() >= endMs) return removed;
      }
    }
    return removed;
  };
}

/**
 * Calls `remove` again and again: soon while there is more to remove, else after a minute. A
 * failure is handed over and tried again. Does not keep the process alive; answers what stops it.
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
