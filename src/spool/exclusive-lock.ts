import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SpoolUnavailable } from './spool.ts';

const LOCK_FILE = 'lock.db';
const SQLITE_BUSY = 5;

/** Takes a directory for this process alone, until it is released or the process ends, however that
 * happens. Throws SpoolUnavailable if another process has it. It is a lock on an empty SQLite file,
 * since Node has no file locks of its own. */
export function lockDirectory(directory: string): { release(): void } {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, LOCK_FILE));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const reason =
      (error as { errcode?: number }).errcode === SQLITE_BUSY
        ? `another process uses ${directory}`
        : `${directory} cannot be locked: ${(error as Error).message}`;
    throw new SpoolUnavailable(reason, { cause: error });
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
