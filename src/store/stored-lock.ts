// Reads the lock of a session, as the scripts do (redis/scripts/parts/locks.lua):
//
//   <token> <deadline, unix ms>     deadline 0: released
//
// Its seal holds a second copy. A lock that differs from the copy in one character, or is missing
// before its deadline, is damaged, and the copy is used. A lock that differs in more was written by
// a version that does not know seals. Where there is no copy, a deadline further ahead than that of
// the longest lock is damage, and the lock is ignored.

import { isCopy, isSealOf, validCopyIn } from './seal.ts';
import { LOCK_MAX_MS } from './session-store.ts';
import { instantFrom } from './stored-number.ts';

const LOCK = /^(\S+) (\d+)$/;

export type StoredLock = { token: string; deadlineMs: number };

/** Reads a lock; undefined if there is none. `isDamaged`: the lock or its seal is damaged. */
export function lockFrom(
  text: string | undefined,
  seal: string | undefined,
  nowMs: number,
): { lock: StoredLock | undefined; isDamaged: boolean } {
  if (text !== undefined && isCopy(seal, text))
    return { lock: parsed(text), isDamaged: !isSealOf(seal, text) };
  const copy = validCopyIn(seal);
  const isSealBroken = seal !== undefined && copy === undefined;
  if (copy !== undefined && text === undefined) {
    const lock = parsed(copy);
    const isGone = lock !== undefined && lock.deadlineMs > nowMs;
    return { lock: isGone ? lock : undefined, isDamaged: isGone };
  }
  if (text === undefined) return { lock: undefined, isDamaged: isSealBroken };
  if (copy !== undefined && differsInOneCharacter(text, copy)) {
    return { lock: parsed(copy), isDamaged: true };
  }
  const lock = parsed(text);
  const isPossible = lock !== undefined && lock.deadlineMs <= nowMs + LOCK_MAX_MS;
  return { lock: isPossible ? lock : undefined, isDamaged: !isPossible || isSealBroken };
}

function parsed(text: string): StoredLock | undefined {
  const [, token = '', deadline] = LOCK.exec(text) ?? [];
  const deadlineMs = instantFrom(deadline);
  return deadlineMs === undefined ? undefined : { token, deadlineMs };
}

function differsInOneCharacter(text: string, other: string): boolean {
  if (text.length !== other.length) return false;
  return [...text].filter((character, place) => character !== other[place]).length === 1;
}
