// Redis removes expired keys by itself; here a timer removes expired rows. Only the size of the file
// depends on it: an expired row reads as missing from that instant on. What is removed has ended, and
// is reported, unless an append or an erase has done that before.

import type { DatabaseSync } from 'node:sqlite';
import type { Ended } from '../end-events.ts';
import { INSTANT_END_MS } from '../stored-number.ts';
import type { SqliteClock } from './clock.ts';
import type { Tables } from './tables.ts';

/** The most rows that one transaction removes from each table. */
const REMOVED_AT_ONCE = 50;
/** How long one transaction may remove rows: they may be large, and everything else waits
 * meanwhile. */
const HOLD_MAX_MS = 10;
const PAUSE_MS = 60_000;
/** How much later than the end of the longest life an expiry may be: the clock may have been set. */
const SLACK_MS = 24 * 60 * 60 * 1000;
const PAUSE_WITH_MORE_LEFT_MS = 20;

/** Tables whose rows have no seal, and their keys. */
const PLAIN_TABLES = {
  user_sessions: 'user_id, session_id',
  quarantine: 'session_id, name',
  user_tombstones: 'user_id',
};

/** The longest time to live of a session: so a session whose expiry is replaced by this never
 * expires early. */
const LONGEST_LIFE_MS = 400 * 24 * 60 * 60 * 1000;

/** Is called in the transaction with what has ended. */
type Report = (ended: Ended) => void;

/** Prepares the removal of one chunk of what has expired; answers how many rows there were. */
export function prepareRemoval(
  database: DatabaseSync,
  tables: Tables,
  { nowMonotonicMs }: Pick<SqliteClock, 'nowMonotonicMs'>,
): (nowMs: number, report: Report) => number {
  const sealed = prepareSealedRemovals(database, tables);
  const giveRows = prepareLostRows(database);
  // A row whose expiry cannot be read has expired (see NOT_EXPIRED), and is removed. Rows are removed
  // one by one, so that the time can be checked in between.
  const plain = Object.entries(PLAIN_TABLES).map(([table, key]) =>
    database.prepare(
      `DELETE FROM ${table} WHERE (${key}) IN (
         SELECT ${key} FROM ${table} WHERE expires_at <= ? OR expires_at >= ${INSTANT_END_MS} LIMIT 1)
         RETURNING ${key}`,
    ),
  );
  const shorten = Object.keys(PLAIN_TABLES).map((table) =>
    database.prepare(
      `UPDATE ${table} SET expires_at = ?1 WHERE expires_at > ?2 AND expires_at < ${INSTANT_END_MS}`,
    ),
  );
  return (nowMs, report) => {
    const endMs = nowMonotonicMs() + HOLD_MAX_MS;
    giveRows(nowMs);
    const longestMs = nowMs + LONGEST_LIFE_MS;
    for (const update of shorten) update.run(longestMs, longestMs + SLACK_MS);
    let removed = sealed.reduce(
      (sum, { repairUnlikely }) => sum + repairUnlikely(nowMs, report),
      0,
    );
    const removals = [
      ...sealed.map(({ removeOne }) => removeOne),
      ...plain.map((removal) => (ms: number) => {
        const row = removal.get(ms);
        if (row?.name !== undefined)
          report({ kind: 'quarantine', sessionId: String(row.session_id) });
        return row !== undefined;
      }),
    ];
    for (const removeOne of removals) {
      for (let rows = 0; rows < REMOVED_AT_ONCE && removeOne(nowMs, report); rows++) {
        removed++;
        if (nowMonotonicMs() >= endMs) return removed;
      }
    }
    return removed;
  };
}

/** Rows with a seal are read before they are removed: `expires_at` may be the damaged column. */
function prepareSealedRemovals(database: DatabaseSync, { sessions, locks, tombstones }: Tables) {
  // A session whose expiry is lost would stay permanently: it is given one. Without an incarnation it
  // is still damaged, and its next append repairs it.
  const giveEnd = database.prepare(
    'UPDATE sessions SET expires_at = ?2, incarnation = NULL, seal = NULL WHERE session_id = ?1',
  );
  // 0 after a release. A lock that somebody has found lapsed has no row.
  const selectDeadline = database.prepare('SELECT deadline FROM locks WHERE session_id = ?');
  const prepare = (
    table: 'sessions' | 'locks' | 'tombstones',
    kind: Ended['kind'],
    {
      endOf,
      hasBeen = () => true,
    }: {
      endOf: (sessionId: string, nowMs: number) => number | undefined;
      /** Whether it is one that ends, and not what is left of one that did. */
      hasBeen?: (sessionId: string) => boolean;
    },
  ) => {
    const selectOver = database.prepare(
      `SELECT session_id FROM ${table} WHERE expires_at >= 0 AND expires_at <= ? LIMIT 1`,
    );
    const selectUnlikely = database.prepare(
      `SELECT session_id FROM ${table} WHERE expires_at IS NULL OR expires_at < 0 OR expires_at > ?
         LIMIT ${REMOVED_AT_ONCE}`,
    );
    const remove = database.prepare(`DELETE FROM ${table} WHERE session_id = ?`);
    const keep = database.prepare(
      `UPDATE ${table} SET expires_at = ?2 WHERE session_id = ?1 AND expires_at IS NOT ?2`,
    );
    const settle = (sessionId: string, nowMs: number, report: Report) => {
      const end = endOf(sessionId, nowMs);
      if (end !== undefined && end <= nowMs) {
        const isReported = hasBeen(sessionId);
        const isRemoved = remove.run(sessionId).changes > 0;
        if (isRemoved && isReported) report({ kind, sessionId });
        return isRemoved;
      }
      if (end !== undefined) keep.run(sessionId, end);
      else giveEnd.run(sessionId, nowMs + LONGEST_LIFE_MS);
      return false;
    };
    return {
      /** Removes one expired row, or repairs it; answers whether it was removed. */
      removeOne(nowMs: number, report: Report): boolean {
        const row = selectOver.get(nowMs);
        return row !== undefined && settle(String(row.session_id), nowMs, report);
      },
      /** Repairs rows that would stay for longer than any session lives; answers how many were
       * removed. */
      repairUnlikely(nowMs: number, report: Report): number {
        const rows = selectUnlikely.all(nowMs + LONGEST_LIFE_MS + SLACK_MS);
        return rows.filter((row) => settle(String(row.session_id), nowMs, report)).length;
      },
    };
  };
  return [
    prepare('sessions', 'session', {
      endOf: (sessionId) => sessions.fields(sessionId).expiresAtMs,
      hasBeen: (sessionId) => sessions.fields(sessionId).isBegun,
    }),
    prepare('locks', 'lock', {
      endOf: locks.endOf,
      hasBeen: (sessionId) => Number(selectDeadline.get(sessionId)?.deadline) > 0,
    }),
    prepare('tombstones', 'tombstone', {
      endOf: (sessionId, nowMs) => tombstones.find(sessionId, nowMs)?.expiresAtMs ?? 0,
    }),
  ];
}

/** Frames whose session's row was lost would stay permanently. So each call checks the next few
 * sessions, starting over at the end, and gives them a row. */
function prepareLostRows(database: DatabaseSync): (nowMs: number) => void {
  const selectNext = database.prepare(
    `SELECT DISTINCT session_id FROM frames WHERE session_id > ? ORDER BY session_id
       LIMIT ${REMOVED_AT_ONCE}`,
  );
  const insert = database.prepare(
    'INSERT OR IGNORE INTO sessions (session_id, expires_at) VALUES (?, ?)',
  );
  let last = '';
  return (nowMs) => {
    const ids = selectNext.all(last).map((row) => String(row.session_id));
    for (const id of ids) insert.run(id, nowMs + LONGEST_LIFE_MS);
    last = ids.length < REMOVED_AT_ONCE ? '' : (ids.at(-1) ?? '');
  };
}

/**
 * Calls `remove` repeatedly: soon while there is more to remove, else after a minute. A failure is
 * passed to `onFailure`, and `remove` is tried again. Does not keep the process alive; answers the
 * function that stops it.
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
