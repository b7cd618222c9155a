// Erasing one session, for every use case that does. The store removes state, lock and quarantine
// in one step and leaves a tombstone. The entries in users' indexes are under other keys: they are
// removed afterwards, and where that fails they lead nowhere and expire.

import { TOMBSTONE_MAX_AGE_SECONDS } from '../../session/limits.ts';
import { INDEX_SLACK_MS } from '../../store/session-store.ts';
import type { LockQueue } from '../locking/lock-queue.ts';
import type { ServiceParts } from '../parts.ts';
import type { ReadSession } from '../reading/read-session.ts';
import { conflict } from '../refusals.ts';
import type { ErasedSession, PendingErasure, Receipt } from '../session-service.ts';
import { removeFromIndexes } from './remove-from-indexes.ts';

export const TOMBSTONE_TTL_MS = TOMBSTONE_MAX_AGE_SECONDS * 1000;

export type SessionErasure = {
  receipt: Receipt;
  /** When the erase was asked for, if that was before this receipt: what was received later is
   * not dropped. */
  askedAtMonotonicMs?: number;
  sessionId: string;
  /** As it was read just before: it says which indexes name the session. Undefined if it was not
   * live. */
  session: ReadSession | undefined;
  /** Users whose indexes are known to name the session. */
  userIds?: readonly string[];
  eraseId: string;
  ifMatch: string;
  /** One of many, as for the store. */
  isLazy?: boolean;
};

export type EraseSession = (erasure: SessionErasure) => Promise<ErasedSession>;

/** Erases a session that was read. Refuses (`conflict`) if it has another etag than `ifMatch`. */
export function createEraseSession(
  parts: ServiceParts,
  { lockQueue }: { lockQueue: LockQueue },
): EraseSession {
  const { store, settings, observer } = parts;

  return async function eraseSession(asked) {
    const { receipt, sessionId, session, userIds = [], eraseId, ifMatch } = asked;
    const { askedAtMonotonicMs, isLazy = false } = asked;
    const erasure = {
      ...{ sessionId, eraseId, ifMatch, isLazy, tombstoneTtlMs: TOMBSTONE_TTL_MS },
      ...(askedAtMonotonicMs !== undefined && { askedAtMonotonicMs }),
      ...(session && { incarnation: session.stored.incarnation }),
    };
    const result = await store.within(receipt).erase(erasure);
    if (result.status === 'conflict') throw conflict(result, ifMatch);
    const { revision, frames, quarantined, locked, durability, tombstoneExpiresAtMs } = result;
    const found = revision > 0;
    observer.sessionErased({ sessionId, found });
    if (locked) lockQueue.wake(sessionId);

    const named = new Set([...userIds, ...usersNamedIn(session)]);
    const entries = { receipt, sessionId, userIds: named, isLazy };
    const { removed, isComplete } = await removeFromIndexes(parts, entries);
    const pending: PendingErasure[] = [{ kind: 'late_updates', untilMs: tombstoneExpiresAtMs }];
    if (!isComplete || mayNameOthers(session, revision)) {
      // How long one that was not read would have lived is not known: SESSION_TTL is assumed.
      const expiresAtMs =
        session?.stored.expiresAtMs ?? Number(receipt.wallMicros / 1000n) + settings.sessionTtlMs;
      pending.push({ kind: 'user_index', untilMs: expiresAtMs + INDEX_SLACK_MS });
    }
    const counts = { frames, quarantined, locked, indexEntries: removed };
    return { sessionId, found, ...counts, durability, pending };
  };
}

/** Every user that a frame names, also one that a later frame replaced: each has an index. */
export function usersNamedIn(session: ReadSession | undefined): string[] {
  const updates = (session?.frames ?? []).flatMap(({ read }) => read.state?.updates ?? []);
  return updates.map(({ userId }) => userId).filter((userId) => userId !== '');
}

/** Whether more was erased than could be read, now or by an erase that this one repeats: it may
 * have named users that are not known. */
function mayNameOthers(session: ReadSession | undefined, erasedRevision: number): boolean {
  if (session === undefined) return erasedRevision > 0;
  return session.outcome !== 'intact' || erasedRevision > session.stored.revision;
}
