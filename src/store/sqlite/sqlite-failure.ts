// From what SQLite and the file system throw to StoreUnavailable. Whatever the surroundings can cause is one
// of these; any other error is a mistake of this program, and stays what it is.

import { StoreUnavailable } from '../session-store.ts';

/** Why SQLite could not go on, by its primary result code (sqlite.org/rescode.html). */
const REASONS: ReadonlyMap<number, string> = new Map([
  [3, 'access to the database file was denied'],
  [5, 'the database stayed locked by another connection'],
  [6, 'a table stayed locked by another connection'],
  [7, 'memory ran out'],
  [8, 'the database is read-only'],
  [10, 'the disk failed'],
  [11, 'the database file is damaged'],
  [13, 'the database or its disk is full'],
  [14, 'the database file could not be opened'],
  [15, 'the locking protocol of the database failed'],
  [26, 'the file is not a database'],
]);

/** Runs a step of an operation; whatever keeps it from the database is thrown as StoreUnavailable. */
export function refusingAs<T>(operation: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new StoreUnavailable(operation, { reason, cause: error });
  }
}

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Extended result codes carry the primary one in their low byte.
  if ('errcode' in error) return REASONS.get(Number(error.errcode) & 0xff);
  // A call of the operating system failed, or Node's permission model did not let it happen.
  return 'syscall' in error || 'permission' in error ? error.message : undefined;
}
