// Storing what a former service left of a session as the session's base, its first update. Each
// step may be repeated, and what is done twice changes nothing: so a process that dies, or another
// one that does the same at the same time, costs nothing.
//
//   intact     its user's tombstone is looked up; the session is noted in the user's index; it is
//              appended, under its own id and from before all updates
//   damaged    the same without a user: what is appended can be read by nobody, so the session
//              shows it like any damaged frame, and is answered with the fallback
//   erased     session or user were erased: what is left of it is removed

import { encodeFrame } from '../../session/frame.ts';
import { baseUpdateFrom, damagedBase } from '../../session/legacy/base-update.ts';
import { readCgnyState } from '../../session/legacy/cgny-state.ts';
import { readJsonState } from '../../session/legacy/json-state.ts';
import type { LegacyDamage, ReadLegacyState } from '../../session/legacy/legacy-state.ts';
import type { LegacyStore, LegacyValue } from '../../store/legacy-store.ts';
import type { AttemptLimits, SessionStore } from '../../store/session-store.ts';
import { type FirstUpdate, type FirstUpdateResult, storeFirstUpdate } from './first-update.ts';

/** A value that a former service left. */
export type Legacy = { sessionId: string; value: LegacyValue };

/** What became of it. `known`: it had been stored before. `joined`: the session had begun without
 * it. */
export type BaseOutcome =
  | { result: FirstUpdateResult; damage?: undefined }
  | { result: 'damaged'; damage: LegacyDamage };

export type BaseParts = {
  store: SessionStore;
  legacy: LegacyStore;
  /** Time to live of a session whose key has no expiry. */
  sessionTtlMs: number;
  /** Unix ms. */
  nowMs: () => number;
  nowMonotonicMs: () => number;
};

/** Reads a value that was found under a session's key. Never throws: damage is a result. */
export function readLegacy({ sessionId, value: { kind, bytes } }: Legacy): ReadLegacyState {
  if (bytes === undefined) return { damage: 'too_large' };
  return kind === 'json' ? readJsonState(bytes, sessionId) : readCgnyState(bytes, sessionId);
}

/** Stores a value as the base of its session. Throws StoreUnavailable if that is not certain; it
 * may be tried again. */
export async function storeBase(
  parts: BaseParts,
  found: Legacy,
  limits?: AttemptLimits,
): Promise<BaseOutcome> {
  const { sessionId, value } = found;
  const read = readLegacy(found);
  const named = { sessionId, ttlMs: value.ttlMs ?? parts.sessionTtlMs };
  if (read.state === undefined) {
    const { damage } = read;
    const base = damagedBase(value.kind, { sessionId, bytes: value.bytes ?? new Uint8Array() });
    const result = await stored({ ...named, ...base, userId: '', flowId: '', eventMs: 0 });
    return result === 'imported' || result === 'joined'
      ? { result: 'damaged', damage }
      : { result };
  }
  const base = baseUpdateFrom(value.kind, read.state, { nowMs: parts.nowMs() });
  return { result: await stored({ ...named, ...base, frame: encodeFrame(base.delta) }) };

  async function stored(update: FirstUpdate): Promise<FirstUpdateResult> {
    const result = await storeFirstUpdate(parts, update, limits);
    if (result === 'erased') await parts.legacy.remove(sessionId, limits);
    return result;
  }
}
