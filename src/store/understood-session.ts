// Builds a session from the fields that were found in a hash or in rows. Metadata that cannot be
// read never hides a frame: a missing revision is the highest among the frames, a missing instant is
// now, and there is no etag until the next append has repaired the metadata.

import { notedIn } from './due-note.ts';
import { isReadable, type Metadata } from './metadata.ts';
import { validCopyIn } from './seal.ts';
import { lastEventFrom } from './session-notes.ts';
import type { Sizes, StoredFrame, StoredSession } from './session-store.ts';
import { highestRevision } from './stored-number.ts';
import { byRevision, isRecentIntact, sizesOf } from './stored-value.ts';
import { isWholeLog } from './whole-log.ts';

/** What was found of a session, its metadata already read. */
export type FoundFields = {
  metadata: Metadata;
  /** As they are stored; undefined if they cannot be read. */
  counts: { [Name in keyof Sizes]: Sizes[Name] | undefined };
  /** As in recent-updates.ts. */
  recent: string | Buffer;
  notes: { lastEvent: string; noted: string };
  frames: StoredFrame[];
  quarantined: number;
};

/** The session, which must not have ended. */
export function understoodSession(
  { metadata, counts, recent, notes, frames, quarantined }: FoundFields,
  nowMs: number,
): StoredSession {
  const sizes = sizesOf(frames);
  const revision = metadata.revision ?? highestRevision(frames);
  const etag = isReadable(metadata) ? metadata.chain : '';
  const incarnation = metadata.incarnation ?? '';
  frames.sort(byRevision);
  const damage = [...metadata.damage];
  if (counts.snapshotBytes !== sizes.snapshotBytes) damage.push('snapshot_bytes');
  if (counts.deltaBytes !== sizes.deltaBytes) damage.push('delta_bytes');
  if (!isRecentIntact(frames, recent)) damage.push('recent');
  const noted = validCopyIn(notes.noted || undefined);
  if (notes.noted !== '' && noted === undefined) damage.push('noted');
  return {
    nowMs,
    revision,
    etag,
    incarnation,
    createdAtMs: metadata.createdAtMs ?? nowMs,
    expiresAtMs: metadata.expiresAtMs ?? nowMs,
    flowId: metadata.flowId,
    snapshotBytes: sizes.snapshotBytes,
    deltaBytes: sizes.deltaBytes,
    recent,
    frames,
    quarantined,
    isWhole: isWholeLog(frames, { revision, etag, incarnation }),
    damage,
    lastEvent: lastEventFrom(notes.lastEvent, metadata.chain ?? ''),
    noted: notedIn(noted, incarnation),
  };
}
