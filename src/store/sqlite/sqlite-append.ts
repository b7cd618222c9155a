// Appending one update: metadata, known id, size, write, in that order, as in the Redis script. The caller
// holds the write lock from the first reading to the commit, so what was judged is what is written.
//
// What the update continues from, its base, is one of three:
//
//   live      all metadata can be read, and the session's time has not passed
//   damaged   some of it cannot, or is wrong: the frames tell the revision and the sizes, and a new incarnation begins
//   none      nothing is there, or its time has passed: cleared, and a new incarnation begins

import { highestRevision } from '../number-at-rest.ts';
import { type Append, type AppendResult, type Position, STORED_HEAD_BYTES } from '../session-store.ts';
import { storedFrameFrom, storedHead } from '../stored-value.ts';
import { etagAfter, etagSeed } from './etag-chain.ts';
import {
  isOver,
  isSound,
  type SessionFields,
  type SessionRows,
  type SoundFields,
} from './sqlite-session-rows.ts';

type Base = { state: 'live' | 'damaged' | 'none'; fields: SoundFields };

/** Instants and names that an append takes from outside. */
export type AppendSurroundings = { nowMs: number; momentMs: number; newIncarnation: () => string };

/** Appends one update, inside the caller's write transaction. */
export function appendUpdate(rows: SessionRows, append: Append, around: AppendSurroundings): AppendResult {
  const { sessionId, updateId } = append;
  const { state, fields } = baseOf(rows, append, around);

  const known = state === 'none' ? undefined : knownPosition(rows, append, fields);
  if (known !== undefined) return { status: 'known', ...known };

  const { snapshotBytes } = fields;
  if (!hasRoom(fields, append)) return { status: 'needs-fold', snapshotBytes, deltaBytes: fields.deltaBytes };

  const deltaBytes = fields.deltaBytes + STORED_HEAD_BYTES + append.frame.length;
  const revision = fields.revision + 1;
  const etag = etagAfter(fields.chain, append);
  if (state === 'none') rows.remove(sessionId);
  rows.putFields(sessionId, {
    ...fields,
    revision,
    chain: etag,
    expiresAtMs: Math.max(fields.expiresAtMs, Math.round(around.momentMs + append.ttlMs)),
    flowId: append.flowId === '' ? fields.flowId : append.flowId,
    deltaBytes,
  });
  rows.addFrame(sessionId, updateId, Buffer.concat([Buffer.from(storedHead(revision, etag)), append.frame]));
  return {
    status: 'stored',
    revision,
    etag,
    snapshotBytes,
    deltaBytes,
    created: state === 'none',
    repaired: state === 'damaged',
    setAside: false,
  };
}

function baseOf(rows: SessionRows, append: Append, around: AppendSurroundings): Base {
  const { sessionId } = append;
  const fields = rows.fields(sessionId);
  if (isOver(fields, around.nowMs)) return { state: 'none', fields: firstFields(around) };
  // A count that is a number and still wrong would refuse every update for as long as the session lives, so
  // before one is refused the frames themselves are asked.
  if (isSound(fields) && (hasRoom(fields, append) || isCountedRight(rows, sessionId, fields))) {
    return { state: 'live', fields };
  }
  const frames = rows.frames(sessionId);
  if (fields.createdAtMs === undefined && frames.length === 0) {
    return { state: 'none', fields: firstFields(around) };
  }
  const revision = Math.max(fields.revision ?? 0, highestRevision(frames));
  const counted = { ...firstFields(around), ...rows.countBytes(sessionId), revision };
  return { state: 'damaged', fields: { ...counted, ...keptFields(fields, around) } };
}

function hasRoom({ snapshotBytes, deltaBytes }: SoundFields, { frame, sessionMaxBytes }: Append): boolean {
  return snapshotBytes + deltaBytes + STORED_HEAD_BYTES + frame.length <= sessionMaxBytes;
}

function isCountedRight(rows: SessionRows, sessionId: string, fields: SoundFields): boolean {
  const { snapshotBytes, deltaBytes } = rows.countBytes(sessionId);
  return snapshotBytes === fields.snapshotBytes && deltaBytes === fields.deltaBytes;
}

function firstFields({ momentMs, newIncarnation }: AppendSurroundings): SoundFields {
  const incarnation = newIncarnation();
  return {
    revision: 0,
    chain: etagSeed(incarnation),
    createdAtMs: momentMs,
    expiresAtMs: 0,
    snapshotBytes: 0,
    deltaBytes: 0,
    incarnation,
    flowId: '',
    recent: [],
  };
}

/** What a repair keeps of the metadata that it found. */
function keptFields(fields: SessionFields, { momentMs }: AppendSurroundings) {
  return {
    createdAtMs: Math.min(fields.createdAtMs ?? momentMs, momentMs),
    expiresAtMs: fields.expiresAtMs ?? 0,
    flowId: fields.flowId,
    recent: fields.recent,
  };
}

function knownPosition(rows: SessionRows, append: Append, fields: SoundFields): Position | undefined {
  const value = rows.value(append.sessionId, append.updateId);
  const first =
    value === undefined
      ? fields.recent.find((update) => update.updateId === append.updateId)
      : storedFrameFrom(append.updateId, value);
  return first && { revision: first.revision, etag: first.etag };
}
