// The log (WAL) beside the file holds the pages that were written since the last checkpoint: what
// an erase removed may stand there still, in an older copy of its page. So each erase is followed
// by a checkpoint that brings the file up to date and empties the log; the file itself keeps no
// removed bytes (`secure_delete`).
//
// A checkpoint has to wait for whoever writes, or still reads the log. It fails at once where
// somebody does, and is tried again for a while; what it could not do stays due: the removal of
// what has expired makes up for it.

import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause, setImmediate as yieldToLoop } from 'node:timers/promises';
import { refusingAs } from './failure.ts';

/** How long an erase waits for its checkpoint. */
const CHECKPOINT_WAIT_MS = 100;
const PAUSE_MS = 3;
/** How long lazy erases share one checkpoint. It flushes the file to the disk, and holds the
 * event loop meanwhile. */
const LAZY_MS = 1_000;

/** Keeps the log of a database free of what was erased. */
export function createLog(database: DatabaseSync) {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  // A process that ended before it could empty the log left that to the next one.
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
      // The erase has succeeded, also if this fails or the store is closed. A failure is reported
      // when it is to be made up for.
    }
    // In the same turn as the last try: an erase that comes later needs another one.
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
    /** Empties the log after an erase, once for all erases that came together; after a lazy one,
     * later. */
    async emptied({ isLazy = false }: { isLazy?: boolean }): Promise<void> {
      isDue = true;
      if (!isLazy) return emptySoon();
      if (!isPlanned) setTimeout(emptyLate, LAZY_MS).unref();
      isPlanned = true;
    },

    /** Makes up for a checkpoint that could not be done. */
    makeUp(): void {
      refusingAs('checkpoint', truncate);
    },
  };
}
