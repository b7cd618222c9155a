// Persist: one update, checked, framed and appended in one round trip. Nothing is read and nothing is locked;
// merging happens when somebody reads.

import { Refusal } from '../session/errors.ts';
import { encodeFrame } from '../session/frame.ts';
import { createSessionUpdate } from '../session/session-update.ts';
import { type AppendResult, STORED_HEAD_BYTES } from '../store/session-store.ts';
import type { Compactor } from './compactor.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Persisted, SessionService } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';
import type { UserIndex } from './user-index.ts';

export function createPersist(
  { store, settings, patience, observer }: ServiceParts,
  { compactor, userIndex }: { compactor: Compactor; userIndex: UserIndex },
): SessionService['persist'] {
  return async function persist({ receipt, ...posted }) {
    const { updateId, eventMs, delta } = createSessionUpdate(posted, receipt.wallMicros);
    const frame = encodeFrame(delta);
    const { sessionId, userId, flowId } = posted;
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs, ttlMs: settings.sessionTtlMs };
    const { sessionMaxBytes } = settings;
    const append = () =>
      untilDeadline(() => store.append({ sessionId, updateId, frame, flowId, sessionMaxBytes, ...moment }), {
        receipt,
        patience,
      });
    const index = () =>
      untilDeadline(() => userIndex.note({ userId, sessionId, eventMs, ...moment }), {
        receipt,
        patience,
      }).catch((cause) => observer.indexFailed({ sessionId, cause }));

    const [result] = await Promise.all([append(), userId && index()]);
    return accepted(sessionId, result.status === 'needs-fold' ? await foldAndAppend() : result);

    async function foldAndAppend(): Promise<AppendResult> {
      await compactor.compact(sessionId);
      return append();
    }

    function accepted(id: string, appended: AppendResult): Persisted {
      if (appended.status === 'needs-fold') throw tooLarge(frame.length, appended, sessionMaxBytes);
      if (appended.status === 'stored') noteStored(id, appended);
      const { revision, etag } = appended;
      return {
        sessionId: id,
        status: 'accepted',
        revision,
        etag,
        durability: 'stored',
        known: appended.status === 'known',
      };
    }

    function noteStored(id: string, appended: AppendResult & { status: 'stored' }): void {
      observer.frameStored(frame.length);
      if (appended.repaired) observer.sessionRepaired({ sessionId: id, kind: 'metadata' });
      if (appended.setAside) observer.sessionRepaired({ sessionId: id, kind: 'foreign_value' });
      compactor.appended(id, { ...appended, appendedBytes: STORED_HEAD_BYTES + frame.length });
    }
  };
}

function tooLarge(
  frameBytes: number,
  { snapshotBytes, deltaBytes }: { snapshotBytes: number; deltaBytes: number },
  sessionMaxBytes: number,
): Refusal {
  return new Refusal(
    'too_large',
    `the session holds ${snapshotBytes + deltaBytes} bytes and the update has ${frameBytes}; ` +
      `together at most ${sessionMaxBytes} (SESSION_MAX_BYTES)`,
  );
}
