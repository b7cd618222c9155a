// The states in which a writer finds a session:
//
//   live      all metadata can be read, from its fields or from its seal, and has not expired
//   damaged   neither all fields nor their seal can be read: the revision is that of the frames
//   none      there is no session, or it has expired

import { hasExpired, isReadable, type ReadableMetadata } from '../metadata.ts';
import type { Position } from '../stored-head.ts';
import { highestRevision } from '../stored-number.ts';
import type { SessionFields, SessionRows } from './session-rows.ts';

export type FoundSession =
  | { state: 'live'; fields: SessionFields & ReadableMetadata }
  | { state: 'damaged'; fields: SessionFields; revision: number }
  | { state: 'none' };

/** Finds a session, and the state of its metadata. */
export function findSession(rows: SessionRows, sessionId: string, nowMs: number): FoundSession {
  const fields = rows.fields(sessionId);
  if (hasExpired(fields, nowMs)) return { state: 'none' };
  if (isReadable(fields)) return { state: 'live', fields };
  const frames = rows.frames(sessionId);
  if (!fields.isBegun && frames.length === 0) return { state: 'none' };
  return {
    state: 'damaged',
    fields,
    revision: Math.max(fields.revision ?? 0, highestRevision(frames)),
  };
}

/** The position of a session. One whose metadata is damaged has no etag until it is repaired. */
export function positionOf(found: FoundSession): Position {
  if (found.state === 'live') return { revision: found.fields.revision, etag: found.fields.chain };
  return { revision: found.state === 'damaged' ? found.revision : 0, etag: '' };
}

/** The refusal of a session that does not have the required etag; an empty one allows any, and no
 * session. */
export function conflictOf(
  found: FoundSession,
  etag: string,
): ({ status: 'conflict' } & Position) | undefined {
  const position = positionOf(found);
  return etag === '' || etag === position.etag ? undefined : { status: 'conflict', ...position };
}
