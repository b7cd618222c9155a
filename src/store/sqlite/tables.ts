import type { DatabaseSync } from 'node:sqlite';
import { createLocks, type Locks } from './locks.ts';
import { createQuarantineRows, type QuarantineRows } from './quarantine-rows.ts';
import { createSessionRows, type SessionRows } from './session-rows.ts';
import { createTombstones, type Tombstones } from './tombstones.ts';

/** The tables with rows of a session. */
export type Tables = {
  sessions: SessionRows;
  locks: Locks;
  tombstones: Tombstones;
  quarantine: QuarantineRows;
};

/** Prepares the statements of all tables with rows of a session. */
export function createTables(database: DatabaseSync): Tables {
  return {
    sessions: createSessionRows(database),
    locks: createLocks(database),
    tombstones: createTombstones(database),
    quarantine: createQuarantineRows(database),
  };
}
