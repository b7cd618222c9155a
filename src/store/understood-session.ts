// Builds a session from the fields that were found in a hash or in rows. Metadata that cannot be
// read never hides a frame: a missing revision is the highest among the frames, a missing instant is
// now, and there is no etag until the next append has repaired the metadata.

import { notedFrom } from './due-note.ts';
import { isReadable, type Metadata } from './metadata.ts';
import { recentFrom } from './recent-updates.ts';
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
  const isDamaged = {
    snapshot_bytes: counts.snapshotBytes !== sizes.snapshotBytes,
    delta_bytes: counts.deltaBytes !== sizes.deltaBytes,
    recent: !isRecentIntact(frames, recent),
    noted: notes.noted !== '' && validCopyIn(notes.noted) === undefined,
  };
  const derivedDamage = (['snapshot_bytes', 'delta_bytes', 'recent', 'noted'] as const).filter(
    (field) => isDamaged[field],
  );
  return {
    nowMs,
    ...{ revision, etag, incarnation },
    createdAtMs: metadata.createdAtMs ?? nowMs,
    expiresAtMs: metadata.expiresAtMs ?? nowMs,
    flowId: metadata.flowId,
    ...sizes,
    // Reading it takes as long as the rest, and few callers need it.
    get recent() {
      return recentFrom(recent);
    },
    frames,
    quarantined,
    isWhole: isWholeLog(frames, { revision, etag, incarnation }),
    damage: [...metadata.damage, ...derivedDamage],
    lastEvent: lastEventFrom(notes.lastEvent, metadata.chain ?? ''),
    noted: notedFrom(notes.noted, incarnation),
  };
}
