// What can be repaired in one session. Frames that cannot be read are moved into quarantine, where
// they no longer affect the session. Frames in quarantine that can be read after all (by a newer
// version of this program, or because an operator quarantined them by mistake) are moved back. A
// frame of a newer format is left alone.

import {
  isBeyondReading,
  type VerifiedFrame,
  verifyFrames,
} from '../service/reading/read-session.ts';
import type { QuarantineMove, StoredKey } from '../store/session-store.ts';

/** A frame under a session's key, and where it should be moved; `move` is undefined where it should
 * stay. */
export type PlannedFrame = VerifiedFrame & {
  place: 'frames' | 'quarantine';
  move: QuarantineMove['move'] | undefined;
};

/** Plans the repair of one session. With `discard`, frames in quarantine that cannot be read are
 * deleted. */
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
