// Frames that nobody can read are moved out of the way, off the path of any request, and kept for a
// while as evidence.

import type { StoredFrame } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';
import { isBeyondReading, type VerifiedFrame } from '../reading/read-session.ts';

/** The frames that are to be quarantined. */
export function damagedFrames(frames: readonly VerifiedFrame[]): StoredFrame[] {
  return frames.filter(({ read }) => isBeyondReading(read.verdict)).map(({ stored }) => stored);
}

/** Moves a session's damaged frames into quarantine, those that still are what was read. Never
 * rejects: a failure is told, and the next read finds the frames where they were. */
export async function quarantineFrames(
  { store, settings, observer }: ServiceParts,
  { sessionId, frames }: { sessionId: string; frames: readonly StoredFrame[] },
): Promise<void> {
  if (frames.length === 0) return;
  try {
    const names = await store.quarantine({
      sessionId,
      moves: frames.map(({ name, value }) => ({ move: 'quarantine', name, value })),
      ttlMs: settings.quarantineTtlMs,
      quarantineMaxBytes: settings.sessionMaxBytes,
    });
    if (names.length > 0) observer.framesQuarantined({ sessionId, names });
  } catch (cause) {
    observer.quarantineFailed({ sessionId, cause });
  }
}
