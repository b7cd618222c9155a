// The tables, and how a file of an older version becomes one of this version. `user_version` in the
// file's header counts the migrations that have run; each is one entry below, is never edited, and
// runs in the same transaction as its counting. A version refuses a file in which more migrations
// have run than it knows.
//
// So additions that older versions need not know are not counted, or a file could never be used by an
// older version again: an index, and a column, since older versions name the columns that they write,
// and leave the others as they are. A later version adds `last_event` to `sessions` in this way
// (session-notes.ts); this one reads it if it exists.
//
//   sessions         one row per session: the fields of the Redis hash, under the same names
//   frames           one row per live frame: | revision | etag | frame | as in stored-value.ts
//   user_sessions    which user has which session, by the time of its latest event
//   locks            who holds the lock on a session, or held it; `deadline` is 0 once it was
//                    released
//   tombstones       the latest erase of a session, and the ids of erased updates, one per line
//   quarantine       frames that could not be read and were taken out, as they were found
//   user_tombstones  which users were erased
//
// In each of them `expires_at` is the instant, in unix ms, from which on the row is ignored and may
// be removed. Locks, tombstones and quarantine have no reference to `sessions`: their rows may exist
// before the session, and outlive it.
//
// The columns of `sessions` accept any value, as a hash field does: a damaged one is found and
// repaired by the next append, so no constraint may turn it into a failure. The frames table keeps
// its rowid, since frames of a kilobyte would not fit the pages of a table without one.

import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../session-store.ts';
import { inTransaction } from './transaction.ts';

const MIGRATIONS = [
  `CREATE TABLE sessions (
     session_id TEXT PRIMARY KEY NOT NULL,
     revision INTEGER,
     incarnation TEXT,
     created_at INTEGER,
     expires_at INTEGER,
     flow TEXT,
     chain TEXT,
     snapshot_bytes INTEGER,
     delta_bytes INTEGER,
     recent TEXT
   );
   CREATE INDEX sessions_by_expiry ON sessions (expires_at);
   CREATE TABLE frames (
     session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
     name TEXT NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (session_id, name)
   );
   CREATE TABLE user_sessions (
     user_id TEXT NOT NULL,
     session_id TEXT NOT NULL,
     event_ms INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (user_id, session_id)
   ) WITHOUT ROWID;
   CREATE INDEX user_sessions_by_event ON user_sessions (user_id, event_ms DESC, session_id DESC);
   CREATE INDEX user_sessions_by_expiry ON user_sessions (expires_at);`,
  `CREATE TABLE locks (
     session_id TEXT PRIMARY KEY NOT NULL,
     token TEXT,
     deadline INTEGER,
     expires_at INTEGER NOT NULL
   );
   CREATE INDEX locks_by_expiry ON locks (expires_at);
   CREATE TABLE tombstones (
     session_id TEXT PRIMARY KEY NOT NULL,
     instant INTEGER,
     expires_at INTEGER NOT NULL,
     erase_id TEXT,
     revision INTEGER,
     frames INTEGER,
     quarantined INTEGER,
     locked INTEGER,
     erased TEXT
   );
   CREATE INDEX tombstones_by_expiry ON tombstones (expires_at);
   CREATE TABLE quarantine (
     session_id TEXT NOT NULL,
     name TEXT NOT NULL,
     quarantined_at INTEGER,
     expires_at INTEGER NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (session_id, name)
   );
   CREATE INDEX quarantine_by_expiry ON quarantine (expires_at);
   CREATE TABLE user_tombstones (
     user_id TEXT PRIMARY KEY NOT NULL,
     instant INTEGER,
     expires_at INTEGER NOT NULL
   );
   CREATE INDEX user_tombstones_by_expiry ON user_tombstones (expires_at);`,
];

/** Indexes that older versions need not know. Each may run again, and then changes nothing. */
const ADDITIONS = [
  // Finds a user's expired entries without reading the others.
  'CREATE INDEX IF NOT EXISTS user_sessions_by_user_and_expiry ON user_sessions (user_id, expires_at)',
];

/** The seals of rows, as in seal.ts. */
export const SEALS = [
  { table: 'sessions', column: 'seal' },
  { table: 'locks', column: 'seal' },
  { table: 'tombstones', column: 'seal' },
  { table: 'tombstones', column: 'erased_seal' },
];

/** Columns that older versions need not know. */
const ADDED_COLUMNS = [...SEALS, { table: 'sessions', column: 'noted' }];

/** Brings the file to this version. Refuses a file that a newer version has migrated. */
export function migrate(database: DatabaseSync): void {
  inTransaction(database, 'IMMEDIATE', () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > MIGRATIONS.length) {
      throw new StoreUnavailable('migrate', {
        reason: `the file has version ${version}, and this program knows ${MIGRATIONS.length}`,
      });
    }
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    for (const addition of ADDITIONS) database.exec(addition);
    for (const added of ADDED_COLUMNS) addColumn(database, added);
    // Nothing is written if nothing has changed: the disk may be full.
    if (version < MIGRATIONS.length) database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function addColumn(
  database: DatabaseSync,
  { table, column }: { table: string; column: string },
): void {
  const found = database
    .prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?')
    .get(table, column);
  if (!found) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`);
}
