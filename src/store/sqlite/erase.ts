// Erasing a session: metadata, same erase id, precondition, write, in that order. Locks are ignored.
// write-ahead-log.ts removes the bytes from the log as well.

import { recentFrom } from '../recent-updates.ts';
import type { EraseResult, Erasure } from '../session-store.ts';
import { byRevision } from '../stored-value.ts';
import { conflictOf, findSession, positionOf } from './found-session.ts';
import type { Tables } from './tables.ts';
import type { Tombstone } from './tombstones.ts';

/** Erases a session with its lock and its quarantine, inside the caller's write transaction.
 * `instantMs`: updates from before it are to be dropped. `onExpired` is called if the session had
 * expired before. */
export function eraseStoredSession(
  tables: Tables,
  erasure: Erasure,
  { nowMs, instantMs, onExpired }: { nowMs: number; instantMs: number; onExpired: () => void },
): EraseResult {
  const { sessions, locks, tombstones, quarantine } = tables;
  const { sessionId, eraseId } = erasure;
  const found = findSession(sessions, sessionId, nowMs);
  const former = tombstones.find(sessionId, nowMs);
  if (former?.eraseId === eraseId) return answerOf(former);
  const conflict = conflictOf(found, erasure.ifMatch);
  if (conflict !== undefined) return conflict;

  const frames = sessions.frames(sessionId);
  const taken = quarantine.frames(sessionId, nowMs);
  const tombstone = {
    eraseId,
    // A former instant ahead of the clock, which was set back since, is replaced.
    instantMs: Math.max(instantMs, former && former.instantMs <= nowMs ? former.instantMs : 0),
    expiresAtMs: Math.max(former?.expiresAtMs ?? 0, Math.round(nowMs + erasure.tombstoneTtlMs)),
    erased: {
      revision: positionOf(found).revision,
      frames: frames.length,
      quarantined: taken.length,
      locked: locks.held(sessionId, nowMs) !== undefined,
    },
  };
  const folded = recentFrom(sessions.fields(sessionId).recent).map(({ updateId }) => updateId);
  const deltas = [...frames, ...taken].sort(byRevision).filter(({ kind }) => kind === 'delta');
  const updateIds = [...folded, ...deltas.map(({ name }) => name)];
  tombstones.put(sessionId, tombstone, { updateIds, nowMs });
  if (sessions.remove(sessionId) && found.state === 'none') onExpired();
  locks.remove(sessionId);
  quarantine.removeAll(sessionId);
  return answerOf(tombstone);
}

function answerOf({ expiresAtMs, erased }: Tombstone): EraseResult {
  return { status: 'erased', durability: 'stored', tombstoneExpiresAtMs: expiresAtMs, ...erased };
}
