// The log (WAL) beside the file holds the pages that were written since the last checkpoint: what an erase
// removed may stand there still, in an older copy of its page. So each erase is followed by a checkpoint that
// brings the file up to date and empties the log; the file itself keeps no removed bytes (`secure_delete`).
//
// A checkpoint has to wait for whoever reads the log. It does so briefly, since it holds up everything else
// here, and what it could not do stays due: the removal of what has expired makes up for it.

import type { DatabaseSync } from 'node:sqlite';
import { refusingAs } from './sqlite-failure.ts';

/** Longer than any reading takes, too short to be noticed. */
const CHECKPOINT_WAIT_MS = 20;

/** Keeps the log of a database free of what was erased. */
export function createLog(database: DatabaseSync, options: { busyTimeoutMs: number }) {
  // A process that ended before it could empty the log left that to the next one.
  let isDue = true;
  let shared: Promise<void> | undefined;

  const truncate = () => {
    if (!isDue) return;
    database.exec(`PRAGMA busy_timeout = ${Math.min(CHECKPOINT_WAIT_MS, options.busyTimeoutMs)}`);
    try {
      const result = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      isDue = result?.busy !== 0;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    }
  };

  return {
    /** Empties the log after an erase, once for all erases that came together. */
    emptied(): Promise<void> {
      isDue = true;
      shared ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
        shared = undefined;
        truncate();
      });
      // The erase has succeeded, also if this fails or the store is closed. A failure is told when it is to be
      // made up for.
      return shared.catch(() => {});
    },

    /** Makes up for a checkpoint that was held up. */
    makeUp(): void {
      refusingAs('checkpoint', truncate);
    },
  };
}
