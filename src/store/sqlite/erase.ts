// Erasing a session: metadata, same erase id, precondition, write, in that order. Locks do not
// hinder it. That the bytes leave the file and its log, too, is the work of write-ahead-log.ts.

import { recentFrom } from '../recent-updates.ts';
import type { EraseResult, Erasure } from '../session-store.ts';
import { byRevision } from '../stored-value.ts';
import { conflictOf, findSession, positionOf } from './found-session.ts';
import type { Tables } from './tables.ts';
import type { Tombstone } from './tombstones.ts';

/** Erases a session and all that stands beside it, inside the caller's write transaction.
 * `instantMs`: updates from before it are to be dropped. */
export function eraseSession(
  tables: Tables,
  erasure: Erasure,
  { nowMs, instantMs }: { nowMs: number; instantMs: number },
): EraseResult {
  const { sessions, locks, tombstones, quarantine } = tables;
  const { sessionId, eraseId } = erasure;
  const found = findSession(sessions, sessionId, nowMs);
  const standing = tombstones.find(sessionId, nowMs);
  if (standing?.eraseId === eraseId) return answerOf(standing);
  const conflict = conflictOf(found, erasure.ifMatch);
  if (conflict !== undefined) return conflict;

  const frames = sessions.frames(sessionId);
  const taken = quarantine.frames(sessionId, nowMs);
  const tombstone = {
    eraseId,
    // One that lies ahead of the clock, which was set back since, gives way.
    instantMs: Math.max(
      instantMs,
      standing && standing.instantMs <= nowMs ? standing.instantMs : 0,
    ),
    expiresAtMs: Math.max(standing?.expiresAtMs ?? 0, Math.round(nowMs + erasure.tombstoneTtlMs)),
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
  sessions.remove(sessionId);
  locks.remove(sessionId);
  quarantine.removeAll(sessionId);
  return answerOf(tombstone);
}

function answerOf({ expiresAtMs, erased }: Tombstone): EraseResult {
  return { status: 'erased', tombstoneExpiresAtMs: expiresAtMs, ...erased };
}
