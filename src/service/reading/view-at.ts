// Reading an earlier revision. Each frame keeps the revision that it made, so the state right after
// a revision is the fold of the frames up to it, as long as these are stored one by one: what was
// folded into a snapshot can no longer be separated.

import { invalid, Refusal } from '../../session/errors.ts';
import type { StoredFrame, StoredSession } from '../../store/session-store.ts';
import type { Position } from '../../store/stored-head.ts';

/** A session as it was at a revision. */
export type View = Position & {
  frames: StoredFrame[];
  /** Frames that may be newer: their heads are damaged. */
  leftOut: number;
};

/** Refuses (`invalid`) what cannot be a revision; 0 is the latest. */
export function checkRevision(revision: number): void {
  if (Number.isSafeInteger(revision) && revision >= 0) return;
  throw invalid('/revision', 'revision must be a whole number from 1 on, or 0 for the latest');
}

/**
 * The frames of a session up to a revision, with that revision's etag; with 0, as it is. Refuses
 * (`compacted`) a revision whose frames have been folded, and (`invalid`) one that the session has
 * not reached.
 */
export function viewAt(stored: StoredSession, revision: number): View {
  if (revision === 0) {
    return { revision: stored.revision, etag: stored.etag, frames: stored.frames, leftOut: 0 };
  }
  if (revision > stored.revision) {
    throw invalid('/revision', `revision is ${revision}, the session is at ${stored.revision}`);
  }
  const oldestRevision = oldestRevisionOf(stored);
  if (revision < oldestRevision) throw compacted(revision, oldestRevision);
  const placed = stored.frames.filter((frame) => frame.revision > 0);
  const frames = placed.filter((frame) => frame.revision <= revision);
  const last =
    revision === stored.revision ? stored : frames.findLast((frame) => frame.revision === revision);
  const leftOut = stored.frames.length - placed.length;
  // Where the frame of that very revision is damaged or gone, its etag is not known.
  return { revision, etag: last?.etag ?? '', frames, leftOut };
}

/** The earliest revision of a session that can be restored. */
export function oldestRevisionOf({ frames, revision }: StoredSession): number {
  const placed = frames.filter((frame) => frame.revision > 0);
  const snapshot = placed.findLast(({ kind }) => kind === 'snapshot');
  return (snapshot ?? placed[0])?.revision ?? revision;
}

function compacted(revision: number, oldestRevision: number): Refusal {
  return new Refusal(
    'compacted',
    `the updates up to revision ${revision} have been folded; ` +
      `the oldest that can be restored is ${oldestRevision}`,
    { facts: { oldestRevision } },
  );
}
