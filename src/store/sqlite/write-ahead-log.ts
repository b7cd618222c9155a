// The log (WAL) of the database holds the pages that were written since the last checkpoint: bytes
// that an erase removed may still be there, in an older copy of their page. So each erase is followed
// by a checkpoint that writes the pages to the file and truncates the log; the file itself keeps no
// removed bytes (`secure_delete`).
//
// A checkpoint cannot run while another connection writes or reads the log. Then it fails at once,
// and is tried again for a while; if it does not succeed, it remains due, and runs with the next
// removal of expired rows.

import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause, setImmediate as yieldToLoop } from 'node:timers/promises';
import { refusingAs } from './failure.ts';

/** How long an erase waits for its checkpoint. */
const CHECKPOINT_WAIT_MS = 100;
const PAUSE_MS = 3;
/** How long lazy erases share one checkpoint. It flushes the file to the disk, and blocks the event
 * loop meanwhile. */
const LAZY_MS = 1_000;

/** Keeps the write-ahead log of a database free of erased bytes. */
export function createWriteAheadLog(database: DatabaseSync) {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  // The last process may have ended before it could truncate the log.
  let isDue = true;
  let shared: Promise<void> | undefined;
  let isPlanned = false;

  const truncate = () => {
    if (isDue) isDue = checkpoint.get()?.busy !== 0;
  };

  const truncateSoon = async () => {
    await yieldToLoop();
    const deadlineMs = performance.now() + CHECKPOINT_WAIT_MS;
    try {
      for (truncate(); isDue && performance.now() < deadlineMs; truncate()) await pause(PAUSE_MS);
    } catch {
      // The erase has succeeded, even if this fails or the store is closed. A failure is reported by
      // `truncateIfDue`.
    }
    // In the same turn as the last attempt: a later erase needs another one.
    shared = undefined;
  };

  const emptySoon = () => {
    shared ??= truncateSoon();
    return shared;
  };
  const emptyLate = () => {
    isPlanned = false;
    if (isDue) void emptySoon();
  };

  return {
    /** Truncates the log after an erase, once for all erases that came together; after a lazy one,
     * later. */
    async emptied({ isLazy = false }: { isLazy?: boolean }): Promise<void> {
      isDue = true;
      if (!isLazy) return emptySoon();
      if (!isPlanned) setTimeout(emptyLate, LAZY_MS).unref();
      isPlanned = true;
    },

    /** Truncates the log if a checkpoint could not run. Throws StoreUnavailable if it fails. */
    truncateIfDue(): void {
      refusingAs('checkpoint', truncate);
    },
  };
}
