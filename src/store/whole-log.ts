// Whether all frames of a session are present, under their own names and revisions. The etags show
// it: each is a digest of the one before it, the update's id and its frame's digest
// (etag-chain.ts), and the session's metadata has the last one. This covers what a frame's own
// SHA-256 does not: its head, its name, and a missing frame.
//
// Etags are compared from the snapshot on. An older frame is one that was released from quarantine
// after the others had been merged; it is verified by its SHA-256 alone.
//
// A session whose metadata had to be repaired continues from the seed of a new incarnation, so a
// frame may follow that seed as well. After a frame was moved into quarantine the log is not whole
// until the next compaction.

import { etagAfter, etagSeed } from './etag-chain.ts';
import type { StoredFrame } from './session-store.ts';
import type { Position } from './stored-head.ts';

/** Whether frames, lowest revision first, lead to the position in the metadata. */
export function isWholeLog(
  frames: readonly StoredFrame[],
  { revision, etag, incarnation }: Position & { incarnation: string },
): boolean {
  const snapshot = frames.findLast(({ kind }) => kind === 'snapshot');
  let last: Position = snapshot ?? { revision: 0, etag: etagSeed(incarnation) };
  for (const frame of frames) {
    if (frame.kind === 'snapshot' || (snapshot && frame.revision <= snapshot.revision)) continue;
    if (!follows(frame, last, incarnation)) return false;
    last = frame;
  }
  return etag === '' || (last.revision === revision && last.etag === etag);
}

function follows(frame: StoredFrame, last: Position, incarnation: string): boolean {
  const update = { updateId: frame.name, frame: frame.bytes };
  return (
    frame.revision === last.revision + 1 &&
    (frame.etag === etagAfter(last.etag, update) ||
      frame.etag === etagAfter(etagSeed(incarnation), update))
  );
}
