// Locks. A lock is held by the holder of its token until its deadline, by the store's clock. The row
// remains after that: after a release (`deadline` 0), so that a repeated one is answered in the same
// way, or after the lock lapsed, so that the first call that follows learns of it, once.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { isCopy, sealOf, validCopyIn } from '../seal.ts';
import {
  LAPSED_LOCK_MS,
  type LockRequest,
  type LockResult,
  type UnlockResult,
} from '../session-store.ts';
import { lockFrom, type StoredLock } from '../stored-lock.ts';
import { anyTextFrom, instantFrom, textFrom } from './columns.ts';

export type HeldLock = { token: string; deadlineMs: number };

/** No lock, and none to remember; also if the row cannot be read. */
const NO_LOCK = { token: '', deadlineMs: 0, endsMs: 0, isHeld: false, isLapsed: false };

/** What `createLocks` gives. */
export type Locks = ReturnType<typeof createLocks>;

/** Prepares taking, checking and releasing of locks. The caller opens the transaction. */
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

  /** The lock in the row, read from its seal if the row is damaged. */
  const read = (sessionId: string, nowMs: number) => {
    const row = select.get(sessionId);
    if (row === undefined) return { lock: NO_LOCK, isDamaged: false };
    const text = `${anyTextFrom(row.token)} ${anyTextFrom(row.deadline)}`;
    const seal = row.seal == null ? undefined : textFrom(row.seal);
    // A version that does not know seals writes rows without one, and releases locks in place.
    const isRow = isCopy(seal, text) || row.deadline === 0n;
    const copy = isRow ? undefined : validCopyIn(seal);
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

    /** Releases a lock. */
    release(
      { sessionId, token }: { sessionId: string; token: string },
      nowMs: number,
    ): UnlockResult {
      const found = find(sessionId, nowMs);
      if (found.token !== token || found.isLapsed) return lose(sessionId, found.token === token);
      if (found.isHeld) markReleased.run(sealOf(`${token} 0`), sessionId);
      return { status: 'released' };
    },

    /** Forgets an expired lock of that token; answers whether this is the first call to notice. */
    forgetLapsed(
      { sessionId, token }: { sessionId: string; token: string },
      nowMs: number,
    ): boolean {
      const found = find(sessionId, nowMs);
      return lose(sessionId, found.token === token && found.isLapsed).lapsed;
    },

    /** Until when the row is valid, unix ms. */
    endOf(sessionId: string, nowMs: number): number {
      return read(sessionId, nowMs).lock.endsMs;
    },

    /** Removes the row of a lock. */
    remove(sessionId: string): void {
      deleteLock.run(sessionId);
    },
  };
}

/** A lock that lapsed is remembered for a while, one that was released until its row expires. */
function heldOrLapsed(
  { token, deadlineMs }: StoredLock,
  { row, nowMs }: { row: Record<string, SQLOutputValue>; nowMs: number },
) {
  const isHeld = deadlineMs > nowMs;
  const isLapsed = deadlineMs > 0 && !isHeld;
  const endsMs = deadlineMs > 0 ? deadlineMs + LAPSED_LOCK_MS : (instantFrom(row.expires_at) ?? 0);
  return endsMs > nowMs ? { token, deadlineMs, endsMs, isHeld, isLapsed } : NO_LOCK;
}
