// What can be mended about one session: frames that cannot be read go into quarantine, where they
// no longer stand in the way; frames in quarantine that can be read after all (a newer version of
// this program knows better, or an operator was too quick) go back. A frame of a newer format is
// left alone.

import {
  isBeyondReading,
  type VerifiedFrame,
  verifyFrames,
} from '../service/reading/read-session.ts';
import type { QuarantineMove, StoredKey } from '../store/session-store.ts';

/** A frame under a session's key, with what should become of it; `move` is undefined where it
 * should stay. */
export type PlannedFrame = VerifiedFrame & {
  place: 'frames' | 'quarantine';
  move: QuarantineMove['move'] | undefined;
};

/** Plans the repair of one session. With `discard`, what is in quarantine and cannot be read goes
 * for good. */
export function planRepair(
  sessionId: string,
  { session, quarantine }: StoredKey,
  { discard }: { discard: boolean },
): PlannedFrame[] {
  const live = verifyFrames(sessionId, session?.frames ?? []).map((frame): PlannedFrame => {
    const move = isBeyondReading(frame.read.verdict) ? 'quarantine' : undefined;
    return { ...frame, place: 'frames', move };
  });
  const names = new Set(live.map(({ stored }) => stored.name));
  const held = verifyFrames(sessionId, quarantine).map((frame): PlannedFrame => {
    const goesBack =
      frame.read.verdict === 'sound' && session !== undefined && !names.has(frame.stored.name);
    return {
      ...frame,
      place: 'quarantine',
      move: goesBack ? 'release' : discard ? 'discard' : undefined,
    };
  });
  return [...live, ...held];
}
