// Persist: one update, checked, framed and appended in one round trip. Nothing is read and nothing is locked;
// merging happens when somebody reads. Beside the first update of a user's session, the user's index is told.

import { encodeFrame } from '../session/frame.ts';
import { createSessionUpdate } from '../session/session-update.ts';
import { type AppendResult, STORED_HEAD_BYTES, type UserSession } from '../store/session-store.ts';
import { appendWithinLimit } from './append-within-limit.ts';
import type { Compactor } from './compactor.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Receipt, SessionService } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';
import type { UserIndex } from './user-index.ts';

export function createPersist(
  parts: ServiceParts,
  { compactor, userIndex }: { compactor: Compactor; userIndex: UserIndex },
): SessionService['persist'] {
  const { settings, patience, observer } = parts;

  return async function persist({ receipt, ...posted }) {
    const { sessionId, userId, flowId } = posted;
    const { updateId, eventMs, delta } = createSessionUpdate(posted, receipt.wallMicros);
    const frame = encodeFrame(delta);
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs, ttlMs: settings.sessionTtlMs };
    const update = { sessionId, updateId, flowId, frame, delta, receipt, ...moment };

    const [appended] = await Promise.all([
      appendWithinLimit(parts, compactor, update),
      userId && tellIndex({ userId, sessionId, eventMs, ...moment }, receipt),
    ]);
    if (appended.status === 'stored') noteStored(sessionId, frame.length, appended);
    const { revision, etag } = appended;
    const known = appended.status === 'known';
    return { sessionId, status: 'accepted', revision, etag, durability: 'stored', known };
  };

  /** Never fails the update, and delays it by one attempt at most: the index lies in another shard, which may
   * be down. Further attempts go on behind the answer, and the session's next update is another chance. */
  async function tellIndex(entry: UserSession, receipt: Receipt): Promise<void> {
    const firstAttempt = Promise.withResolvers<void>();
    const note = () => userIndex.note(entry).finally(firstAttempt.resolve);
    const told = untilDeadline(note, { receipt, patience }).catch((cause) =>
      observer.indexFailed({ sessionId: entry.sessionId, cause }),
    );
    await Promise.race([firstAttempt.promise, told]);
  }

  function noteStored(
    sessionId: string,
    frameBytes: number,
    stored: AppendResult & { status: 'stored' },
  ): void {
    observer.frameStored(frameBytes);
    if (stored.repaired) observer.sessionRepaired({ sessionId, kind: 'metadata' });
    if (stored.setAside) observer.sessionRepaired({ sessionId, kind: 'foreign_value' });
    compactor.appended(sessionId, { ...stored, appendedBytes: STORED_HEAD_BYTES + frameBytes });
  }
}
