// What a writer finds of a session, its metadata judged:
//
//   live      all of it can be read, be it from its seal, and the session's time has not passed
//   damaged   some of it cannot be read, nor its seal: the revision is that of the frames
//   none      nothing is there, or its time has passed

import { isOver, isSound, type SoundMetadata } from '../metadata.ts';
import type { Position } from '../stored-head.ts';
import { highestRevision } from '../stored-number.ts';
import type { SessionFields, SessionRows } from './session-rows.ts';

export type FoundSession =
  | { state: 'live'; fields: SessionFields & SoundMetadata }
  | { state: 'damaged'; fields: SessionFields; revision: number }
  | { state: 'none' };

/** Finds a session and judges its metadata. */
export function findSession(rows: SessionRows, sessionId: string, nowMs: number): FoundSession {
  const fields = rows.fields(sessionId);
  if (isOver(fields, nowMs)) return { state: 'none' };
  if (isSound(fields)) return { state: 'live', fields };
  const frames = rows.frames(sessionId);
  if (!fields.isBegun && frames.length === 0) return { state: 'none' };
  return {
    state: 'damaged',
    fields,
    revision: Math.max(fields.revision ?? 0, highestRevision(frames)),
  };
}

/** Where a session stands. One whose metadata is damaged has no etag until it is repaired. */
export function positionOf(found: FoundSession): Position {
  if (found.state === 'live') return { revision: found.fields.revision, etag: found.fields.chain };
  return { revision: found.state === 'damaged' ? found.revision : 0, etag: '' };
}

/** The refusal of a session that has not the etag that it must have; an empty one is any, also
 * none. */
export function conflictOf(
  found: FoundSession,
  etag: string,
): ({ status: 'conflict' } & Position) | undefined {
  const position = positionOf(found);
  return etag === '' || etag === position.etag ? undefined : { status: 'conflict', ...position };
}
