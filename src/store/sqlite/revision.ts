import type { StoredFrame } from '../session-store.ts';

/** Revisions stay below this: one less than what a uint32 on the wire holds, so that a next one fits. */
const REVISION_END = 2 ** 32 - 1;

/** Whether a number can be the revision of a session that goes on. */
export function isRevision(revision: number): boolean {
  return revision < REVISION_END;
}

/** The highest revision that the heads of frames tell of; 0 without any. */
export function highestRevision(frames: StoredFrame[]): number {
  const revisions = frames.map((frame) => frame.revision).filter(isRevision);
  return revisions.reduce((highest, revision) => Math.max(highest, revision), 0);
}
