import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../session-store.ts';
import { refusingAs } from './failure.ts';
import { openReserve, type Reserve } from './reserve.ts';
import { migrate } from './schema.ts';

/**
 * Opens the database file, and creates it and its folder, for the owner alone, if they are missing.
 * Throws StoreUnavailable if that fails.
 *
 * The log (WAL) is written at each commit and flushed to the disk at checkpoints only (`synchronous
 * = NORMAL`). A committed write always survives the end of this process. A loss of power or a crash
 * of the whole machine may lose the last commits, but never leaves half of one, nor a damaged file.
 *
 * Bytes that are removed or moved are overwritten, at every write (`secure_delete`): an append may
 * move rows within the file, and no later erase would find a copy that it left. What SQLite keeps
 * for a statement that fails half-way stays in memory, not in a temporary file.
 *
 * Opening waits for other processes, up to `busyTimeoutMs`, and blocks the event loop meanwhile.
 * Later calls do not: a call that finds the file locked fails at once (turns.ts tries it again).
 */
export function openDatabase(options: { path: string; busyTimeoutMs: number }): DatabaseSync {
  return refusingAs('open', () => {
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    // SQLite would create the file with the permissions of the umask. The other files of the
    // database get the permissions of this one.
    closeSync(openSync(options.path, 'a', 0o600));
    const database = new DatabaseSync(options.path, {
      timeout: options.busyTimeoutMs,
      enableForeignKeyConstraints: true,
    });
    try {
      database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY`,
      );
      migrate(database);
      database.exec('PRAGMA busy_timeout = 0');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens the database together with its reserve. A full disk may lack room even for the file that
 * the connections share: then the reserve is released for it. */
export function openWithReserve({
  reserveBytes,
  ...options
}: {
  path: string;
  busyTimeoutMs: number;
  reserveBytes: number;
}): { database: DatabaseSync; reserve: Reserve } {
  const reserveOf = () => refusingAs('open', () => openReserve(options.path, reserveBytes));
  try {
    return { database: openDatabase(options), reserve: reserveOf() };
  } catch (error) {
    const isFull = error instanceof StoreUnavailable && error.refusal?.kind === 'disk_full';
    if (!isFull || reserveBytes === 0) throw error;
    const reserve = reserveOf();
    reserve.releaseForRestart();
    return { database: openDatabase(options), reserve };
  }
}
