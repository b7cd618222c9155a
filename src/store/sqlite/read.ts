import { lastEventFrom, notedFrom } from '../session-notes.ts';
import type { StoredKey, StoredSession } from '../session-store.ts';
import { highestRevision } from '../stored-number.ts';
import { byRevision, sizesOf } from '../stored-value.ts';
import { isOver, isSound } from './session-rows.ts';
import type { Tables } from './tables.ts';

/**
 * The live session, or undefined. Damaged metadata hides no frame: a lost revision is the highest
 * among the frames, a lost instant is now, and there is no etag until all of it is repaired.
 */
export function readSession(
  { sessions, quarantine }: Tables,
  sessionId: string,
  nowMs: number,
): StoredSession | undefined {
  const fields = sessions.fields(sessionId);
  if (isOver(fields, nowMs)) return undefined;
  const frames = sessions.frames(sessionId).sort(byRevision);
  if (!fields.isBegun && frames.length === 0) return undefined;
  return {
    nowMs,
    revision: fields.revision ?? highestRevision(frames),
    etag: isSound(fields) ? fields.chain : '',
    incarnation: fields.incarnation ?? '',
    createdAtMs: fields.createdAtMs ?? nowMs,
    expiresAtMs: fields.expiresAtMs ?? nowMs,
    flowId: fields.flowId,
    ...sizesOf(frames),
    recent: fields.recent,
    frames,
    quarantined: quarantine.measure(sessionId, nowMs).frames,
    lastEvent: lastEventFrom(fields.notes.lastEvent, fields.chain ?? ''),
    noted: notedFrom(fields.notes.noted, fields.incarnation ?? ''),
  };
}

/** Everything under a session's id. */
export function inspectKey(tables: Tables, sessionId: string, nowMs: number): StoredKey {
  const tombstone = tables.tombstones.find(sessionId, nowMs);
  return {
    nowMs,
    session: readSession(tables, sessionId, nowMs),
    lockedUntilMs: tables.locks.held(sessionId, nowMs)?.deadlineMs,
    tombstone: tombstone && { instantMs: tombstone.instantMs, expiresAtMs: tombstone.expiresAtMs },
    quarantine: tables.quarantine.frames(sessionId, nowMs),
  };
}
