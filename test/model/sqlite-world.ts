import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { ModelWorld } from './model-world.ts';

/** What stands under a session's id, in an order in which rows may be inserted. */
const TABLES = ['sessions', 'frames', 'locks', 'tombstones', 'quarantine'];

/** A file system in memory, where there is one: an erase waits for the disk, and the model erases
 * a lot. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

type Row = Record<string, SQLOutputValue>;

/** The embedded store with a clock that the model moves. A replica's copy is the session's rows. */
export function createSqliteWorld(): ModelWorld {
  const folder = mkdtempSync(join(FOLDER, 'session-model-'));
  const path = join(folder, 'sessions.db');
  let nowMs = 1_718_445_600_000;
  const store = createSqliteStore({ path, nowMs: () => nowMs, nowMonotonicMs: () => nowMs - 1e12 });
  const database = new DatabaseSync(path);
  const selects = TABLES.map((table) => ({
    table,
    rows: database.prepare(`SELECT * FROM ${table} WHERE session_id = ?`),
  }));
  const deletes = TABLES.map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE session_id = ?`),
  );
  const forgetNoted = database.prepare('UPDATE sessions SET noted = NULL WHERE session_id = ?');
  const inserts = new Map<string, StatementSync>();
  const updateFrame = database.prepare(
    'UPDATE frames SET value = ? WHERE session_id = ? AND name = ?',
  );

  return {
    store,
    nowMs: async () => nowMs,
    nowMonotonicMs: () => nowMs - 1e12,
    receiptGrainMs: 0,
    time: {
      advance: (ms) => {
        nowMs += ms;
      },
    },
    async sweep() {
      while ((await store.removeExpired()) > 0);
    },
    async overwrite(sessionId, name, value) {
      updateFrame.run(value, sessionId, name);
    },
    async forgetNote(sessionId) {
      forgetNoted.run(sessionId);
    },
    async copy(sessionId) {
      return selects.map(({ table, rows }) => ({ table, rows: rows.all(sessionId) }));
    },
    async promote(sessionId, copy) {
      database.exec('BEGIN IMMEDIATE');
      for (const deletion of deletes) deletion.run(sessionId);
      for (const { table, rows } of copy as { table: string; rows: Row[] }[]) {
        for (const row of rows) insert(table, row);
      }
      database.exec('COMMIT');
    },
    async close() {
      database.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };

  function insert(table: string, row: Row): void {
    const columns = Object.keys(row);
    const places = columns.map(() => '?').join(', ');
    const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`;
    const statement = inserts.get(table) ?? database.prepare(text);
    inserts.set(table, statement);
    statement.run(...Object.values(row));
  }
}
