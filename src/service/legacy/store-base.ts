// Storing what a former service left of a session as the session's base, its first update. Each
// step may be repeated, and what is done twice changes nothing: so a process that dies, or another
// one that does the same at the same time, costs nothing.
//
//   intact     its user's tombstone is looked up; the session is noted in the user's index; it is
//              appended, under its own id and from before all updates
//   damaged    the same without a user: what is appended can be read by nobody, so the session
//              shows it like any damaged frame, and is answered with the fallback
//   erased     session or user were erased: what is left of it is removed
//
// The index comes before the append: an entry too many leads nowhere, a session without its entry
// would not be found by its user.

import { encodeFrame } from '../../session/frame.ts';
import { baseUpdateFrom, damagedBase } from '../../session/legacy/base-update.ts';
import { readCgnyState } from '../../session/legacy/cgny-state.ts';
import { readJsonState } from '../../session/legacy/json-state.ts';
import type { LegacyDamage, ReadLegacyState } from '../../session/legacy/legacy-state.ts';
import { SESSION_BYTES_LIMIT } from '../../session/limits.ts';
import { NOTE_EVERY_MS } from '../../store/due-note.ts';
import type { LegacyStore, LegacyValue } from '../../store/legacy-store.ts';
import {
  type AttemptLimits,
  BEFORE_ALL,
  INDEX_SLACK_MS,
  type SessionStore,
} from '../../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';

/** A value that a former service left. */
export type Legacy = { sessionId: string; value: LegacyValue };

/** What became of it. `known`: it had been stored before. `joined`: the session had begun without
 * it. */
export type BaseOutcome =
  | { result: 'imported' | 'joined' | 'known' | 'erased'; damage?: undefined }
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
  if (read.state === undefined) {
    const { damage } = read;
    const base = damagedBase(value.kind, { sessionId, bytes: value.bytes ?? new Uint8Array() });
    const result = await append(
      parts,
      found,
      { ...base, userId: '', flowId: '', eventMs: 0 },
      limits,
    );
    return isNew(result) ? { result: 'damaged', damage } : { result };
  }
  const base = baseUpdateFrom(value.kind, read.state, { nowMs: parts.nowMs() });
  const isKept = base.userId === '' || (await noteUser(parts, found, base, limits));
  if (!isKept) {
    await parts.legacy.remove(sessionId, limits);
    return { result: 'erased' };
  }
  return {
    result: await append(parts, found, { ...base, frame: encodeFrame(base.delta) }, limits),
  };
}

type AppendedAs = Exclude<BaseOutcome['result'], 'damaged'>;

function isNew(result: AppendedAs): boolean {
  return result === 'imported' || result === 'joined';
}

async function append(
  parts: BaseParts,
  { sessionId, value }: Legacy,
  base: {
    updateId: string;
    frame: Uint8Array;
    userId: string;
    flowId: string;
    eventMs: number;
  },
  limits: AttemptLimits | undefined,
): Promise<AppendedAs> {
  const { updateId, frame, userId, flowId, eventMs } = base;
  const receivedAtMonotonicMs = parts.nowMonotonicMs();
  const ttlMs = value.ttlMs ?? parts.sessionTtlMs;
  const appended = await parts.store.append(
    {
      ...{ sessionId, updateId, frame, flowId, userId, eventMs },
      ...{ receivedAtMonotonicMs, ttlMs },
      // A session that is larger than the limit is kept, as where the limit was lowered.
      sessionMaxBytes: 2 * SESSION_BYTES_LIMIT + STORED_HEAD_BYTES,
      lockToken: '',
      ifMatch: BEFORE_ALL,
    },
    limits,
  );
  switch (appended.status) {
    case 'stored':
      if (appended.due) {
        const { incarnation } = appended;
        const endsAtMonotonicMs = receivedAtMonotonicMs + ttlMs;
        parts.store.noteEnd({ sessionId, incarnation, endsAtMonotonicMs });
      }
      return appended.created ? 'imported' : 'joined';
    case 'known':
      return 'known';
    case 'dropped':
      await parts.legacy.remove(sessionId, limits);
      return 'erased';
    default:
      throw new Error(`a base was answered with ${appended.status}`);
  }
}

/** Notes the session in its user's index; false if the user was erased. */
async function noteUser(
  { store, sessionTtlMs, nowMonotonicMs }: BaseParts,
  { sessionId, value }: Legacy,
  { userId, eventMs }: { userId: string; eventMs: number },
  limits: AttemptLimits | undefined,
): Promise<boolean> {
  // An erase of the user after this is noticed by the note.
  const receivedAtMonotonicMs = nowMonotonicMs();
  const { tombstone } = await store.inspectUser(userId);
  if (tombstone !== undefined) return false;
  const ttlMs = (value.ttlMs ?? sessionTtlMs) + NOTE_EVERY_MS + INDEX_SLACK_MS;
  const entry = { userId, sessionId, eventMs, receivedAtMonotonicMs, ttlMs };
  return (await store.index(entry, limits)).status === 'noted';
}
