import type { DatabaseSync } from 'node:sqlite';
import type { IndexedSession, UserSession } from '../session-store.ts';

/** An entry stays this much longer than its session may live, so that it never goes first. */
const ENTRY_SLACK_MS = 120_000;
const PRUNED_PER_CALL = 100;

/** Which user has which session. Callers see to the transaction. */
export function createUserIndex(database: DatabaseSync) {
  const upsert = database.prepare(
    `INSERT INTO user_sessions (user_id, session_id, event_ms, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (user_id, session_id) DO UPDATE SET event_ms = max(event_ms, excluded.event_ms),
       expires_at = max(expires_at, excluded.expires_at)`,
  );
  const prune = database.prepare(
    `DELETE FROM user_sessions WHERE user_id = ?1 AND session_id IN (
       SELECT session_id FROM user_sessions WHERE user_id = ?1 AND expires_at <= ?2 LIMIT ${PRUNED_PER_CALL})`,
  );
  const select = database.prepare(
    `SELECT session_id, event_ms FROM user_sessions WHERE user_id = ? AND expires_at > ?
       ORDER BY event_ms DESC, session_id DESC LIMIT ? OFFSET ?`,
  );

  return {
    /** Notes a session; its event and its time only move forward. Drops some of the user's dead entries. */
    note(entry: UserSession, { nowMs, momentMs }: { nowMs: number; momentMs: number }): void {
      const expiresAtMs = Math.round(momentMs + entry.ttlMs + ENTRY_SLACK_MS);
      upsert.run(entry.userId, entry.sessionId, entry.eventMs, expiresAtMs);
      prune.run(entry.userId, nowMs);
    },

    /** A page of a user's entries, newest event first. */
    page(userId: string, page: { offset: number; limit: number }, nowMs: number): IndexedSession[] {
      return select
        .all(userId, nowMs, page.limit, page.offset)
        .map((row) => ({ sessionId: String(row.session_id), eventMs: Number(row.event_ms) }));
    },
  };
}
