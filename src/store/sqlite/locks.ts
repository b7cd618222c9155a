// Locks. One stands until its deadline, by the store's clock, and for nobody but the holder of its
// token. A row that is no lock any more is a memory: of a release (`deadline` 0), so that a
// repeated one is answered alike, or of a lock that lapsed, so that the first to come after it is
// told, once.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { isCopy, sealOf, soundCopyIn } from '../seal.ts';
import {
  LAPSED_LOCK_MS,
  type LockRequest,
  type LockResult,
  type UnlockResult,
} from '../session-store.ts';
import { lockFrom, type StoredLock } from '../stored-lock.ts';
import { anyTextFrom, instantFrom, textFrom } from './columns.ts';

/** A lock that is held. */
export type HeldLock = { token: string; deadlineMs: number };

/** No lock, and no memory of one; also where it cannot be read. */
const NO_LOCK = { token: '', deadlineMs: 0, endsMs: 0, isHeld: false, isLapsed: false };

/** What `createLocks` gives. */
export type Locks = ReturnType<typeof createLocks>;

/** Prepares taking, judging and releasing of locks. Callers see to the transaction. */
export function createLocks(database: DatabaseSync) {
  const select = database.prepare(
    'SELECT token, deadline, expires_at, seal FROM locks WHERE session_id = ?',
  );
  select.setReadBigInts(true);
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO locks (session_id, token, deadline, expires_at, seal)
       VALUES (?, ?, ?, ?, ?)`,
  );
  const markReleased = database.prepare(
    'UPDATE locks SET deadline = 0, seal = ? WHERE session_id = ?',
  );
  const deleteLock = database.prepare('DELETE FROM locks WHERE session_id = ?');

  /** The row as it is to be understood; also where it is damaged. */
  const read = (sessionId: string, nowMs: number) => {
    const row = select.get(sessionId);
    if (row === undefined) return { lock: NO_LOCK, isDamaged: false };
    const text = `${anyTextFrom(row.token)} ${anyTextFrom(row.deadline)}`;
    const seal = row.seal == null ? undefined : textFrom(row.seal);
    // A version that does not know seals writes rows without one, and gives locks back in place.
    const isRow = isCopy(seal, text) || row.deadline === 0n;
    const copy = isRow ? undefined : soundCopyIn(seal);
    const { lock, isDamaged } = lockFrom(copy ?? text, seal, nowMs);
    return {
      lock: lock === undefined ? NO_LOCK : heldOrLapsed(lock, { row, nowMs }),
      isDamaged: isDamaged || copy !== undefined,
    };
  };
  const find = (sessionId: string, nowMs: number) => read(sessionId, nowMs).lock;
  const lose = (sessionId: string, lapsed: boolean): { status: 'lost'; lapsed: boolean } => {
    if (lapsed) deleteLock.run(sessionId);
    return { status: 'lost', lapsed };
  };

  return {
    read,

    /** The lock on a session, if somebody holds it. */
    held(sessionId: string, nowMs: number): HeldLock | undefined {
      const { token, deadlineMs, isHeld } = find(sessionId, nowMs);
      return isHeld ? { token, deadlineMs } : undefined;
    },

    /** Takes a lock, or keeps one that the token holds. */
    take({ sessionId, token, ttlMs, renew }: LockRequest, nowMs: number): LockResult {
      const found = find(sessionId, nowMs);
      const isMine = found.token === token;
      const isGivenBack = isMine && found.deadlineMs === 0;
      if (isGivenBack || (renew && !(isMine && found.isHeld)))
        return lose(sessionId, isMine && found.isLapsed);
      if (found.isHeld && !isMine) return { status: 'busy', remainingMs: found.deadlineMs - nowMs };
      const deadlineMs = Math.round(nowMs + ttlMs);
      const seal = sealOf(`${token} ${deadlineMs}`);
      upsert.run(sessionId, token, deadlineMs, deadlineMs + LAPSED_LOCK_MS, seal);
      return { status: 'held', lapsed: found.isLapsed };
    },

    /** Gives a lock back. */
    release(
      { sessionId, token }: { sessionId: string; token: string },
      nowMs: number,
    ): UnlockResult {
      const found = find(sessionId, nowMs);
      if (found.token !== token || found.isLapsed) return lose(sessionId, found.token === token);
      if (found.isHeld) markReleased.run(sealOf(`${token} 0`), sessionId);
      return { status: 'released' };
    },

    /** Forgets a lock of that token that has run out; answers whether nobody had noticed yet. */
    forgetLapsed(
      { sessionId, token }: { sessionId: string; token: string },
      nowMs: number,
    ): boolean {
      const found = find(sessionId, nowMs);
      return lose(sessionId, found.token === token && found.isLapsed).lapsed;
    },

    /** Until when the row counts, unix ms. */
    endOf(sessionId: string, nowMs: number): number {
      return read(sessionId, nowMs).lock.endsMs;
    },

    /** Removes a lock and every memory of it. */
    remove(sessionId: string): void {
      deleteLock.run(sessionId);
    },
  };
}

/** A lock that lapsed is remembered for a while, one that was given back as long as its row says. */
function heldOrLapsed(
  { token, deadlineMs }: StoredLock,
  { row, nowMs }: { row: Record<string, SQLOutputValue>; nowMs: number },
) {
  const isHeld = deadlineMs > nowMs;
  const isLapsed = deadlineMs > 0 && !isHeld;
  const endsMs = deadlineMs > 0 ? deadlineMs + LAPSED_LOCK_MS : (instantFrom(row.expires_at) ?? 0);
  return endsMs > nowMs ? { token, deadlineMs, endsMs, isHeld, isLapsed } : NO_LOCK;
}
