// What an update continues from: the metadata of a live session, of a damaged one, or of a new one.
// A damaged session, of which neither all fields nor their seal can be read, keeps the values that
// can be read, and gets a new incarnation, so that no earlier etag matches.

import { etagSeed } from '../etag-chain.ts';
import type { ReadableMetadata } from '../metadata.ts';
import type { Append, Sizes } from '../session-store.ts';
import { STORED_HEAD_BYTES } from '../stored-head.ts';
import type { Instants } from './clock.ts';
import { type FoundSession, positionOf } from './found-session.ts';
import type { ReadableFields, SessionFields, SessionRows } from './session-rows.ts';

/** The instants of an append, the source of new incarnations, and what is called in the transaction. */
export type AppendSurroundings = Instants & {
  newIncarnation: () => string;
  /** Called if the session had expired, and another life of it begins. */
  onExpired: () => void;
};

/** Metadata to continue from, the state in which the session was found, and whether the append
 * repairs it. */
export type AppendBase = {
  state: FoundSession['state'];
  fields: ReadableFields;
  isRepaired: boolean;
};

/** Finds what an append continues from. */
export function baseOf(
  rows: SessionRows,
  found: FoundSession,
  { append, around }: { append: Append; around: AppendSurroundings },
): AppendBase {
  if (found.state === 'none')
    return { state: 'none', fields: firstFields(around), isRepaired: false };
  const { sessionId } = append;
  if (found.state === 'live') return liveBase(rows, found.fields, append);
  const { revision } = positionOf(found);
  const counted = { ...firstFields(around), ...rows.countBytes(sessionId), revision };
  const fields = { ...counted, ...keptFields(found.fields, around) };
  return { state: 'damaged', fields, isRepaired: true };
}

/** A damaged count that is still a number would refuse every update until the session expires, so
 * the frames themselves are counted before an update is refused. */
function liveBase(
  rows: SessionRows,
  fields: SessionFields & ReadableMetadata,
  append: Append,
): AppendBase {
  const { snapshotBytes, deltaBytes, damage } = fields;
  if (snapshotBytes !== undefined && deltaBytes !== undefined) {
    const counted = { ...fields, snapshotBytes, deltaBytes };
    if (hasRoom(counted, append))
      return { state: 'live', fields: counted, isRepaired: damage.length > 0 };
  }
  const counted = rows.countBytes(append.sessionId);
  const isRight = snapshotBytes === counted.snapshotBytes && deltaBytes === counted.deltaBytes;
  const isRepaired = damage.length > 0 || !isRight;
  return { state: 'live', fields: { ...fields, ...counted }, isRepaired };
}

/** Whether a session can take an update. */
export function hasRoom(fields: Sizes, { frame, sessionMaxBytes }: Append): boolean {
  return (
    fields.snapshotBytes + fields.deltaBytes + STORED_HEAD_BYTES + frame.length <= sessionMaxBytes
  );
}

function firstFields({ momentMs, newIncarnation }: AppendSurroundings): ReadableFields {
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
    damage: [],
  };
}

function keptFields(fields: SessionFields, { momentMs }: AppendSurroundings) {
  return {
    createdAtMs: Math.min(fields.createdAtMs ?? momentMs, momentMs),
    expiresAtMs: fields.expiresAtMs ?? 0,
    flowId: fields.flowId,
  };
}
