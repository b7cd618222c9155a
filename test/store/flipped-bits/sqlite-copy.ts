import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { type Cell, flipped, type StoredCopy } from './stored-copy.ts';

const TABLES = ['sessions', 'frames', 'locks', 'tombstones', 'quarantine'];

type RowCell = Cell & { row: number; column: string };

/** The rows of a session, as they are now. */
export function copyOfRows(database: DatabaseSync, sessionId: string): StoredCopy {
  // Damage at rest asks no constraint.
  database.exec('PRAGMA foreign_keys = OFF');
  const statements = new Map<string, StatementSync>();
  const rows = TABLES.flatMap((table) => {
    const select = database.prepare(`SELECT * FROM ${table} WHERE session_id = ?`);
    select.setReadBigInts(true);
    return select.all(sessionId).map((values) => ({ table, values }));
  });
  const cells = rows.flatMap(({ table, values }, row) => {
    const kind = String(values.name).startsWith('snapshot:') ? `${table} (snapshot)` : table;
    return Object.entries(values).map(([column, value]) => ({
      ...{ place: `${kind}.${column}`, row, column },
      bits: bytesOf(value).length * 8,
    }));
  });
  let ids: Uint8Array[] = [Buffer.from(sessionId)];
  return {
    cells,
    async write(cell, bit) {
      const { row: flippedRow, column: flippedColumn } = cell as RowCell;
      database.exec('BEGIN IMMEDIATE');
      for (const table of TABLES) {
        for (const id of ids)
          statement(`DELETE FROM ${table} WHERE session_id = CAST(? AS TEXT)`).run(id);
      }
      ids = [Buffer.from(sessionId)];
      for (const [place, { table, values }] of rows.entries()) {
        const columns = Object.entries(values).map(([column, value]) => {
          const isFlipped = place === flippedRow && column === flippedColumn;
          const written = isFlipped ? flippedValue(value, bit) : value;
          if (isFlipped && column === 'session_id') ids.push(written as Uint8Array);
          // A text with a flipped bit may be no UTF-8.
          return {
            written,
            holder: isFlipped && typeof value === 'string' ? 'CAST(? AS TEXT)' : '?',
          };
        });
        const holders = columns.map(({ holder }) => holder).join(', ');
        const insert = statement(`INSERT INTO ${table} VALUES (${holders})`);
        insert.run(...columns.map(({ written }) => written));
      }
      database.exec('COMMIT');
    },
  };

  function statement(sql: string): StatementSync {
    const prepared = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  }
}

/** The bytes of a value; of a number the eight that it may take. */
function bytesOf(value: SQLOutputValue): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  const bytes = Buffer.alloc(typeof value === 'bigint' ? 8 : 0);
  if (typeof value === 'bigint') bytes.writeBigInt64BE(value);
  return bytes;
}

function flippedValue(value: SQLOutputValue, bit: number): Buffer | bigint {
  const bytes = flipped(bytesOf(value), bit);
  return typeof value === 'bigint' ? bytes.readBigInt64BE() : bytes;
}
