import type { DatabaseSync } from 'node:sqlite';
import { createLocks, type Locks } from './sqlite-locks.ts';
import { createQuarantineRows, type QuarantineRows } from './sqlite-quarantine-rows.ts';
import { createSessionRows, type SessionRows } from './sqlite-session-rows.ts';
import { createTombstones, type Tombstones } from './sqlite-tombstones.ts';

/** All that stands under a session's id. */
export type Tables = {
  sessions: SessionRows;
  locks: Locks;
  tombstones: Tombstones;
  quarantine: QuarantineRows;
};

/** Prepares the statements of all tables that know a session. */
export function createTables(database: DatabaseSync): Tables {
  return {
    sessions: createSessionRows(database),
    locks: createLocks(database),
    tombstones: createTombstones(database),
    quarantine: createQuarantineRows(database),
  };
}
