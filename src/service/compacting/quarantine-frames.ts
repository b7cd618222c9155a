// Frames that nobody can read are moved into quarantine, off the path of any request, and kept for
// a while as evidence.

import type { StoredFrame } from '../../store/session-store.ts';
import type { ServiceObserver, ServiceParts } from '../parts.ts';

export type QuarantineParts = Pick<ServiceParts, 'store' | 'settings'> & {
  observer: Pick<ServiceObserver, 'framesQuarantined' | 'quarantineFailed'>;
};

/** Moves a session's damaged frames into quarantine, those that have not changed since. Never
 * rejects: a failure is reported, and the next read finds the frames where they were. */
export async function quarantineFrames(
  { store, settings, observer }: QuarantineParts,
  { sessionId, frames }: { sessionId: string; frames: readonly StoredFrame[] },
): Promise<void> {
  if (frames.length === 0) return;
  try {
    const names = await store.once.quarantine({
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
