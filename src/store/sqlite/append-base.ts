// What an update continues from: the metadata of a live session, of a repaired one, or of one that
// begins. A repaired one keeps what can be read, and is a new incarnation, so that no etag from
// before matches.

import type { Append } from '../session-store.ts';
import { STORED_HEAD_BYTES } from '../stored-head.ts';
import type { Instants } from './clock.ts';
import { etagSeed } from './etag-chain.ts';
import { type FoundSession, positionOf } from './found-session.ts';
import type { SessionFields, SessionRows, SoundFields } from './session-rows.ts';

/** Instants and names that an append takes from outside. */
export type AppendSurroundings = Instants & { newIncarnation: () => string };

/** Metadata to continue from, and in which state the session was found. */
export type AppendBase = { state: FoundSession['state']; fields: SoundFields };

/** Finds what an append continues from. */
export function baseOf(
  rows: SessionRows,
  found: FoundSession,
  { append, around }: { append: Append; around: AppendSurroundings },
): AppendBase {
  if (found.state === 'none') return { state: 'none', fields: firstFields(around) };
  const { sessionId } = append;
  // A count that is a number and still wrong would refuse every update for as long as the session
  // lives, so before one is refused the frames themselves are asked.
  if (
    found.state === 'live' &&
    (hasRoom(found.fields, append) || isCountedRight(rows, sessionId, found.fields))
  ) {
    return found;
  }
  const { revision } = positionOf(found);
  const counted = { ...firstFields(around), ...rows.countBytes(sessionId), revision };
  return { state: 'damaged', fields: { ...counted, ...keptFields(found.fields, around) } };
}

/** Whether a session can take an update. */
export function hasRoom(fields: SoundFields, { frame, sessionMaxBytes }: Append): boolean {
  return (
    fields.snapshotBytes + fields.deltaBytes + STORED_HEAD_BYTES + frame.length <= sessionMaxBytes
  );
}

function isCountedRight(rows: SessionRows, sessionId: string, fields: SoundFields): boolean {
  const { snapshotBytes, deltaBytes } = rows.countBytes(sessionId);
  return snapshotBytes === fields.snapshotBytes && deltaBytes === fields.deltaBytes;
}

function firstFields({ momentMs, newIncarnation }: AppendSurroundings): SoundFields {
  const incarnation = newIncarnation();
  return {
    isBegun: true,
    revision: 0,
    chain: etagSeed(incarnation),
    createdAtMs: momentMs,
    expiresAtMs: 0,
    snapshotBytes: 0,
    deltaBytes: 0,
    incarnation,
    flowId: '',
    recent: [],
    notes: { lastEvent: '', noted: '' },
  };
}

function keptFields(fields: SessionFields, { momentMs }: AppendSurroundings) {
  return {
    createdAtMs: Math.min(fields.createdAtMs ?? momentMs, momentMs),
    expiresAtMs: fields.expiresAtMs ?? 0,
    flowId: fields.flowId,
    recent: fields.recent,
  };
}
