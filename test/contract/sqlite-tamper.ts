import { DatabaseSync } from 'node:sqlite';
import type { Damage, MetadataField } from './store-under-test.ts';

/** Injures what a database file holds of a session. */
export async function tamperSqlite(path: string, sessionId: string, damage: Damage): Promise<void> {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    if ('field' in damage) {
      const { table, column } = placeOf(damage.field);
      addMissing(database, table, column);
      const unsealed = damage.keepsSeal || column.endsWith('_bytes') ? '' : ', seal = NULL';
      const set = `UPDATE ${table} SET ${column} = ?${unsealed} WHERE session_id = ?`;
      database.prepare(set).run(damage.text ?? null, sessionId);
    } else {
      const set = 'UPDATE frames SET value = ? WHERE session_id = ? AND name = ?';
      database.prepare(set).run(damage.value, sessionId, damage.frame);
    }
  } finally {
    database.close();
  }
}

/** Adds a column as a later version does. */
function addMissing(database: DatabaseSync, table: string, column: string): void {
  const found = database
    .prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?')
    .get(table, column);
  if (!found) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`);
}

/** What is one field in a session's hash may have a row of its own here: its instant is what is
 * injured. */
function placeOf(field: MetadataField): { table: string; column: string } {
  if (field === 'lock') return { table: 'locks', column: 'deadline' };
  if (field === 'tombstone') return { table: 'tombstones', column: 'instant' };
  return { table: 'sessions', column: field };
}
