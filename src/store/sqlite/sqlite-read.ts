import { highestRevision } from '../number-at-rest.ts';
import type { StoredSession } from '../session-store.ts';
import { byRevision, sizesOf } from '../stored-value.ts';
import { isOver, type SessionRows } from './sqlite-session-rows.ts';

/**
 * The live session, or undefined. Damaged metadata hides no frame: a lost revision is the highest among the
 * frames, a lost etag is empty, and a lost instant is now.
 */
export function readSession(rows: SessionRows, sessionId: string, nowMs: number): StoredSession | undefined {
  const fields = rows.fields(sessionId);
  if (isOver(fields, nowMs)) return undefined;
  const frames = rows.frames(sessionId).sort(byRevision);
  if (fields.createdAtMs === undefined && frames.length === 0) return undefined;
  return {
    nowMs,
    revision: fields.revision ?? highestRevision(frames),
    etag: fields.chain ?? '',
    incarnation: fields.incarnation ?? '',
    createdAtMs: fields.createdAtMs ?? nowMs,
    expiresAtMs: fields.expiresAtMs ?? nowMs,
    flowId: fields.flowId,
    ...sizesOf(frames),
    recent: fields.recent,
    frames,
  };
}
