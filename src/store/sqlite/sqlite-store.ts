// The embedded store: the whole contract in one SQLite file, without a server.
//
// Each operation is one transaction, and a writing one takes the file's write lock before it reads
// anything. That makes two processes on one file as safe as two connections to one Redis. Readers
// see one instant of the file and do not wait. The calls are synchronous underneath: an operation
// takes tens of microseconds. Waiting for another process is asynchronous: see turns.ts.

import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { EndEvents, Ended } from '../end-events.ts';
import type { AttemptLimits, SessionStore } from '../session-store.ts';
import { appendUpdate } from './append.ts';
import { readClock, type SqliteClock } from './clock.ts';
import { compactSession } from './compact.ts';
import { openWithReserve } from './database.ts';
import { eraseStoredSession } from './erase.ts';
import { keepingRoom } from './free-space.ts';
import { moveFrames } from './quarantine.ts';
import { inspectKey, readSession } from './read.ts';
import { prepareRemoval, startRemoving } from './removal.ts';
import { SEALS } from './schema.ts';
import { createSessionList } from './session-list.ts';
import { createTables } from './tables.ts';
import { touchSession } from './touch.ts';
import { createTurns } from './turns.ts';
import { createUserIndex } from './user-index.ts';
import { reportingWrites } from './watching.ts';
import { createWriteAheadLog } from './write-ahead-log.ts';

const BUSY_TIMEOUT_MS = 1_000;
const INCARNATION_BYTES = 8;

export type SqliteStoreOptions = Partial<SqliteClock> &
  Pick<EndEvents, 'onEnded'> & {
    /** The database file. It and its folder are created if they are missing. */
    path: string;
    /** How long an operation waits for another process that is writing. */
    busyTimeoutMs?: number;
    /** Names a new incarnation of a session, in hex digits; random if not given. */
    newIncarnation?: () => string;
    /** Bytes to reserve on the disk, so that a full one leaves room to erase. None if not given. */
    reserveBytes?: number;
    /** Called when expired sessions could not be removed. They still read as missing. */
    onRemovalFailure?: (error: unknown) => void;
  };

export type SqliteStore = SessionStore & {
  /** Removes one chunk of expired rows from the file, and truncates the log if an erase could not do
   * so, as the timer does; answers how many rows were removed. */
  removeExpired(): Promise<number>;
};

/** Opens the embedded store. Throws StoreUnavailable, with the reason, if its file cannot be
 * used. */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const {
    path,
    busyTimeoutMs = BUSY_TIMEOUT_MS,
    newIncarnation = randomIncarnation,
    reserveBytes = 0,
  } = options;
  const {
    nowMs = Date.now,
    nowMonotonicMs = () => performance.now(),
    onRemovalFailure = () => {},
    onEnded = () => {},
  } = options;
  const clock = { nowMs, nowMonotonicMs };
  const { database, reserve } = openWithReserve({ path, busyTimeoutMs, reserveBytes });
  const log = createWriteAheadLog(database);
  const tables = createTables(database);
  const users = createUserIndex(database);
  const list = createSessionList(database);
  const unseals = SEALS.map(({ table, column }) =>
    database.prepare(`UPDATE ${table} SET ${column} = NULL WHERE session_id = ?`),
  );
  const removeChunk = prepareRemoval(database, tables, clock);
  const { read, write } = createTurns(database, { busyTimeoutMs, nowMonotonicMs });

  /** Writes, and reports what has ended once that is committed. */
  const writeAndReport = async <Answer>(
    operation: string,
    limits: AttemptLimits | undefined,
    step: (report: (end: Ended) => void) => Answer,
  ): Promise<Answer> => {
    let ended: Ended[] = [];
    const answer = await write(operation, limits, () => {
      ended = [];
      return step((end) => void ended.push(end));
    });
    for (const end of ended) onEnded(end);
    return answer;
  };

  const plain: Omit<SqliteStore, 'watch'> = {
    append: (append, limits) =>
      writeAndReport('append', limits, (report) => {
        const { sessionId, receivedAtMonotonicMs, earliestMonotonicMs } = append;
        const instants = readClock(clock, receivedAtMonotonicMs, earliestMonotonicMs);
        const onExpired = () => report({ kind: 'session', sessionId });
        return appendUpdate(tables, append, { ...instants, newIncarnation, onExpired });
      }),
    read: (sessionId) => read('read', () => readSession(tables, sessionId, nowMs())),
    inspect: (sessionId) => read('inspect', () => inspectKey(tables, sessionId, nowMs())),
    compact: (compaction, limits) =>
      write('compact', limits, () => compactSession(tables.sessions, compaction, nowMs())),
    touch: (touch, limits) =>
      write('touch', limits, () =>
        touchSession(tables, touch, readClock(clock, touch.receivedAtMonotonicMs)),
      ),
    lock: (request, limits) => write('lock', limits, () => tables.locks.take(request, nowMs())),
    unlock: (lock, limits) => write('unlock', limits, () => tables.locks.release(lock, nowMs())),
    forgetLapsed: (lock, limits) =>
      write('forgetLapsed', limits, () => tables.locks.forgetLapsed(lock, nowMs())),
    async erase(erasure, limits) {
      const { sessionId } = erasure;
      const result = await writeAndReport('erase', limits, (report) => {
        const onExpired = () => report({ kind: 'session', sessionId });
        const instants = readClock(clock, erasure.askedAtMonotonicMs ?? nowMonotonicMs());
        const ranMs =
          erasure.askedAtMonotonicMs === undefined ? instants.nowMs : instants.earliestMs;
        const { nowMs: atMs } = instants;
        return eraseStoredSession(tables, erasure, { nowMs: atMs, instantMs: ranMs, onExpired });
      });
      if (result.status === 'erased') await log.emptied(erasure);
      return result;
    },
    quarantine: (moves, limits) =>
      write('quarantine', limits, () => moveFrames(tables, moves, nowMs())),
    async unseal(sessionId, limits) {
      await write('unseal', limits, () => {
        for (const unseal of unseals) unseal.run(sessionId);
      });
    },
    index: (entry, limits) =>
      write('index', limits, () =>
        users.note(entry, readClock(clock, entry.receivedAtMonotonicMs, entry.earliestMonotonicMs)),
      ),
    async unindex(entries, limits) {
      const count = await write('unindex', limits, () => users.remove(entries));
      if (count > 0) await log.emptied(entries);
      return count;
    },
    // Each row has its expiry, and is found by it.
    noteEnd: () => Promise.resolve(true),
    async eraseUser(erasure, limits) {
      await write('eraseUser', limits, () => users.erase(erasure, nowMs()));
      return { durability: 'stored' };
    },
    userSessions: (userId, page) => read('userSessions', () => users.page(userId, page, nowMs())),
    scanSessions: (scan) => read('scanSessions', () => list.scan(scan)),
    inspectUser: (userId) => read('inspectUser', () => users.inspect(userId, nowMs())),
    momentOf(_sessionId, receivedAtMonotonicMs) {
      const { earliestMs, latestMs } = readClock(clock, receivedAtMonotonicMs);
      return { earliestMs, latestMs };
    },
    shardOfSession: () => '',
    shardOfUser: () => '',
    async ping() {
      // Reads what an append would, for a session that does not exist.
      await write('ping', undefined, () => inspectKey(tables, '', nowMs()));
    },
    async removeExpired() {
      const removed = await writeAndReport('removeExpired', undefined, (report) =>
        removeChunk(nowMs(), report),
      );
      log.truncateIfDue();
      return removed;
    },
    async close() {
      stopRemoving();
      if (database.isOpen) database.close();
    },
  };
  const store = keepingRoom(reportingWrites(plain, database), { database, path, reserve });
  const stopRemoving = startRemoving(store.removeExpired, onRemovalFailure);
  return store;
}

function randomIncarnation(): string {
  return randomBytes(INCARNATION_BYTES).toString('hex');
}
