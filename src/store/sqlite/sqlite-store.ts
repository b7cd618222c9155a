// The embedded store: the whole contract in one SQLite file, without a server.
//
// Each operation is one transaction, and a writing one takes the file's write lock before it reads anything.
// That makes two processes on one file as safe as two connections to one Redis. Readers see one instant of
// the file and wait for nobody. The calls are synchronous underneath: an operation takes tens of
// microseconds, and a wait for another process, up to `busyTimeoutMs`, holds up this one too.

import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type SessionStore, StoreUnavailable } from '../session-store.ts';
import { appendUpdate } from './sqlite-append.ts';
import { readClock, type SqliteClock } from './sqlite-clock.ts';
import { compactSession } from './sqlite-compact.ts';
import { openDatabase } from './sqlite-database.ts';
import { refusingAs } from './sqlite-failure.ts';
import { readSession } from './sqlite-read.ts';
import { prepareRemoval, startRemoving } from './sqlite-removal.ts';
import { createSessionRows } from './sqlite-session-rows.ts';
import { inTransaction } from './sqlite-transaction.ts';
import { createUserIndex } from './sqlite-user-index.ts';

const BUSY_TIMEOUT_MS = 1_000;
const INCARNATION_BYTES = 8;

export type SqliteStoreOptions = Partial<SqliteClock> & {
  /** The database file. It and its folder are created if they are missing. */
  path: string;
  /** How long an operation waits for another process that is writing. */
  busyTimeoutMs?: number;
  /** Names a new life of a session, in hex digits; random if not given. */
  newIncarnation?: () => string;
  /** Hears of expired sessions that could not be removed. They read as missing all the same. */
  onRemovalFailure?: (error: unknown) => void;
};

export type SqliteStore = SessionStore & {
  /** Removes one chunk of what has expired from the file, as the timer does; answers how much that was. */
  removeExpired(): Promise<number>;
};

/** Opens the embedded store. Throws StoreUnavailable, with the reason, if its file cannot be used. */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { path, busyTimeoutMs = BUSY_TIMEOUT_MS, newIncarnation = randomIncarnation } = options;
  const { nowMs = Date.now, nowMonotonicMs = () => performance.now(), onRemovalFailure = () => {} } = options;
  const clock = { nowMs, nowMonotonicMs };
  const database = openDatabase({ path, busyTimeoutMs });
  const sessions = createSessionRows(database);
  const users = createUserIndex(database);
  const removeChunk = prepareRemoval(database);

  const run = <T>(operation: string, mode: 'IMMEDIATE' | 'DEFERRED', step: () => T): T => {
    if (!database.isOpen) throw new StoreUnavailable(operation, { reason: 'it is closed' });
    return refusingAs(operation, () => inTransaction(database, mode, step));
  };

  const store: SqliteStore = {
    async append(append) {
      return run('append', 'IMMEDIATE', () => {
        const instants = readClock(clock, append.receivedAtMonotonicMs);
        return appendUpdate(sessions, append, { ...instants, newIncarnation });
      });
    },
    async read(sessionId) {
      return run('read', 'DEFERRED', () => readSession(sessions, sessionId, nowMs()));
    },
    async compact(compaction) {
      return run('compact', 'IMMEDIATE', () => compactSession(sessions, compaction, nowMs()));
    },
    async index(entry) {
      run('index', 'IMMEDIATE', () => users.note(entry, readClock(clock, entry.receivedAtMonotonicMs)));
    },
    async userSessions(userId, page) {
      return run('userSessions', 'DEFERRED', () => users.page(userId, page, nowMs()));
    },
    async ping() {
      run('ping', 'IMMEDIATE', () => {});
    },
    async removeExpired() {
      return run('removeExpired', 'IMMEDIATE', () => removeChunk(nowMs()));
    },
    async close() {
      stopRemoving();
      if (database.isOpen) database.close();
    },
  };
  const stopRemoving = startRemoving(store.removeExpired, onRemovalFailure);
  return store;
}

function randomIncarnation(): string {
  return randomBytes(INCARNATION_BYTES).toString('hex');
}
