import type { DatabaseSync } from 'node:sqlite';
import {
  INDEX_SLACK_MS,
  type IndexResult,
  type StoredUser,
  type UserErasure,
  type UserSession,
} from '../session-store.ts';
import type { IndexedSession, IndexPage } from '../session-walks.ts';
import type { Instants } from './clock.ts';
import { instantFrom, NOT_EXPIRED } from './columns.ts';

const PRUNED_PER_CALL = 100;
const INSTANT_MAX = Number.MAX_SAFE_INTEGER;

/** Which user has which session, and which users were erased. The caller opens the transaction. */
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
  // By the index that has the order: the planner would take that of the expiry, and sort all of the
  // user's entries.
  const select = database.prepare(
    `SELECT session_id, event_ms FROM user_sessions INDEXED BY user_sessions_by_event WHERE user_id = ? AND ${NOT_EXPIRED}
       AND (event_ms, session_id) < (?, ?) ORDER BY event_ms DESC, session_id DESC LIMIT ? OFFSET ?`,
  );
  const deleteEntry = database.prepare(
    'DELETE FROM user_sessions WHERE user_id = ? AND session_id = ?',
  );
  const selectErased = database.prepare(
    `SELECT 1 FROM user_tombstones WHERE user_id = ? AND ${NOT_EXPIRED} AND instant > ? AND instant <= ?`,
  );
  /** In doubt about a replay, or about an instant ahead of the clock, the erase wins. */
  const isErased = (userId: string, { nowMs, latestMs, replayedFromMs }: Instants) => {
    const span =
      replayedFromMs === undefined ? [latestMs, nowMs] : [Math.max(0, replayedFromMs), INSTANT_MAX];
    return selectErased.get(userId, nowMs, ...span) !== undefined;
  };
  const upsertTombstone = database.prepare(
    `INSERT INTO user_tombstones (user_id, instant, expires_at) VALUES (?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET instant = excluded.instant,
       expires_at = max(expires_at, excluded.expires_at)`,
  );

  const count = database.prepare('SELECT count(*) AS entries FROM user_sessions WHERE user_id = ?');
  const selectTombstone = database.prepare(
    `SELECT instant, expires_at FROM user_tombstones WHERE user_id = ? AND ${NOT_EXPIRED}`,
  );
  selectTombstone.setReadBigInts(true);

  return {
    /** Notes a session; its event and its expiry only move forward. Removes some of the user's
     * expired entries. */
    note(entry: UserSession, instants: Instants): IndexResult {
      const { nowMs, momentMs } = instants;
      if (isErased(entry.userId, instants)) return { status: 'erased', durability: 'stored' };
      const expiresAtMs = Math.round(momentMs + entry.ttlMs + INDEX_SLACK_MS);
      upsert.run(entry.userId, entry.sessionId, entry.eventMs, expiresAtMs);
      prune.run(entry.userId, nowMs);
      return { status: 'noted', durability: 'stored' };
    },

    /** Removes entries of a user; answers how many there were. */
    remove({ userId, sessionIds }: { userId: string; sessionIds: string[] }): number {
      return sessionIds.reduce((sum, id) => sum + Number(deleteEntry.run(userId, id).changes), 0);
    },

    /** Sets a tombstone: entries from before it are no longer noted. */
    erase({ userId, tombstoneTtlMs }: UserErasure, nowMs: number): void {
      upsertTombstone.run(userId, nowMs, Math.round(nowMs + tombstoneTtlMs));
    },

    /** What is kept of a user. */
    inspect(userId: string, nowMs: number): StoredUser {
      const row = selectTombstone.get(userId, nowMs);
      const [instantMs, expiresAtMs] = [instantFrom(row?.instant), instantFrom(row?.expires_at)];
      const isThere = instantMs !== undefined && expiresAtMs !== undefined;
      return {
        nowMs,
        entries: Number(count.get(userId)?.entries),
        tombstone: isThere ? { instantMs, expiresAtMs } : undefined,
      };
    },

    /** A page of a user's entries, newest event first. */
    page(userId: string, { offset, limit, after }: IndexPage, nowMs: number): IndexedSession[] {
      const { eventMs = INSTANT_MAX, sessionId = '' } = after ?? {};
      return select
        .all(userId, nowMs, eventMs, sessionId, limit, offset)
        .map((row) => ({ sessionId: String(row.session_id), eventMs: Number(row.event_ms) }));
    },
  };
}
