import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Damage, describeStoreContract, type MetadataField } from './session-store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-contract-'));
const path = join(folder, 'sessions.db');
afterAll(() => rmSync(folder, { recursive: true }));

describeStoreContract('SQLite', async () => ({ store: createSqliteStore({ path }), tamper }));

async function tamper(sessionId: string, damage: Damage): Promise<void> {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    if ('field' in damage) {
      const { table, column } = placeOf(damage.field);
      const set = `UPDATE ${table} SET ${column} = ? WHERE session_id = ?`;
      database.prepare(set).run(damage.text ?? null, sessionId);
    } else {
      const set = 'UPDATE frames SET value = ? WHERE session_id = ? AND name = ?';
      database.prepare(set).run(damage.value, sessionId, damage.frame);
    }
  } finally {
    database.close();
  }
}

/** What is one field in a session's hash may have a row of its own here: its instant is what is injured. */
function placeOf(field: MetadataField): { table: string; column: string } {
  if (field === 'lock') return { table: 'locks', column: 'deadline' };
  if (field === 'tombstone') return { table: 'tombstones', column: 'instant' };
  return { table: 'sessions', column: field };
}
