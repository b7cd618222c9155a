import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { ModelWorld } from './model-world.ts';

type Row = Record<string, SQLOutputValue>;

/** The embedded store with a clock that the model moves. A replica's copy is the session's rows. */
export function createSqliteWorld(): ModelWorld {
  const folder = mkdtempSync(join(tmpdir(), 'session-model-'));
  const path = join(folder, 'sessions.db');
  let nowMs = 1_718_445_600_000;
  const store = createSqliteStore({ path, nowMs: () => nowMs, nowMonotonicMs: () => nowMs - 1e12 });
  const database = new DatabaseSync(path);

  return {
    store,
    nowMs: async () => nowMs,
    nowMonotonicMs: () => nowMs - 1e12,
    advance: (ms) => {
      nowMs += ms;
    },
    async copy(sessionId) {
      return ['sessions', 'frames'].map((table) => ({
        table,
        rows: database.prepare(`SELECT * FROM ${table} WHERE session_id = ?`).all(sessionId),
      }));
    },
    async promote(sessionId, copy) {
      database.exec('BEGIN IMMEDIATE');
      database.prepare('DELETE FROM sessions WHERE session_id = ?').run(sessionId);
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
    const statement = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`;
    database.prepare(statement).run(...Object.values(row));
  }
}
