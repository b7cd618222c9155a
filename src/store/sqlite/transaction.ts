import type { DatabaseSync } from 'node:sqlite';

/** A writer takes the write lock at once, so that what it reads is still true when it writes. */
export type Mode = 'IMMEDIATE' | 'DEFERRED';

/** Runs a step as one transaction: all of it happens, or, if it throws, nothing. */
export function inTransaction<T>(database: DatabaseSync, mode: Mode, step: () => T): T {
  database.exec(`BEGIN ${mode}`);
  try {
    const result = step();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk or a failing one has already rolled back.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
