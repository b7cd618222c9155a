// Persist: one update, judged, framed and appended in one round trip. Nothing is read (but for an update with
// an etag or a lock) and nothing is locked; merging happens when somebody reads. Beside it the index of the
// update's user is told, if it is time.

import type { PostedParts } from '../session/flow-definition.ts';
import { encodeFrame } from '../session/frame.ts';
import { createSessionUpdate } from '../session/session-update.ts';
import { type AppendResult, STORED_HEAD_BYTES } from '../store/session-store.ts';
import { onAnySession } from './any-session.ts';
import type { AppendWhenUnlocked } from './append-when-unlocked.ts';
import { checkFitsAlone } from './append-within-limit.ts';
import { comeAfterWhatWasSeen } from './come-after.ts';
import type { Compactor } from './compactor.ts';
import { ANY_SESSION, ifMatchFrom } from './if-match.ts';
import { judgeUpdate } from './judge-update.ts';
import type { KeepIndexed } from './keep-indexed.ts';
import { checkLockToken } from './lock-token.ts';
import { conflict, lockLost } from './refusals.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Persisted, SessionService } from './session-service.ts';
import type { TellUserIndex } from './tell-user-index.ts';
import { createLostAttempts } from './until-deadline.ts';

/** Most steps that an answer names as left out of a history. */
const IGNORED_STEPS_NAMED_MAX = 100;

type Steps = {
  append: AppendWhenUnlocked;
  tellUserIndex: TellUserIndex;
  keepIndexed: KeepIndexed;
  compactor: Compactor;
};

export function createPersist(
  parts: ServiceParts,
  { append, tellUserIndex, keepIndexed, compactor }: Steps,
): SessionService['persist'] {
  const { settings, flows, observer } = parts;

  return async function persist({ receipt, lockToken, ifMatch: sentIfMatch, ...posted }) {
    const { sessionId, userId, flowId } = posted;
    checkLockToken(lockToken, { pointer: '/lockToken' });
    const ifMatch = ifMatchFrom(sentIfMatch);
    const definition = flows.of(flowId);
    const judge = (sent: PostedParts) => judgeUpdate(definition, sent, observer);
    const { updateId, eventMs, ignoredSteps, ...made } = createSessionUpdate(
      posted,
      receipt.wallMicros,
      judge,
    );
    const madeFrame = encodeFrame(made.delta);
    checkFitsAlone(madeFrame, settings.sessionMaxBytes);
    const isForAny = ifMatch === ANY_SESSION;
    // A sender that asks for any session has seen none.
    const seen = { receipt, lockToken, ifMatch: isForAny ? '' : ifMatch };
    const delta = await comeAfterWhatWasSeen(parts, seen, made.delta);
    const frame = delta === made.delta ? madeFrame : encodeFrame(delta);
    const ttlMs = definition?.ttlMs ?? settings.sessionTtlMs;
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs, ttlMs };

    const conditions = { lockToken, ifMatch, lost: createLostAttempts() };
    const update = { sessionId, updateId, flowId, frame, delta, receipt, ...moment, ...conditions };
    const appending = isForAny
      ? onAnySession(parts, update, (etag) => append({ ...update, ifMatch: etag }))
      : append(update);
    const telling = userId ? tellUserIndex({ userId, sessionId, eventMs, ...moment }, receipt) : undefined;

    const appended = await appending;
    if (appended.status === 'lock-lost') throw lockLost();
    if (appended.status === 'conflict') throw conflict(appended);
    if (appended.status === 'stored' && ignoredSteps.length > 0) {
      observer.stepsIgnored({ sessionId, steps: ignoredSteps });
    }
    if (appended.status === 'stored') noteStored(sessionId, frame.length, appended);
    if (appended.status === 'stored' && userId === '') keepIndexed.stored({ sessionId, ttlMs, receipt });

    const fate = await telling?.settle(appended);
    if (appended.status === 'dropped' || fate === 'dropped') return dropped(sessionId);
    const { revision, etag, status } = appended;
    const known = status === 'known';
    const named = ignoredSteps.slice(0, IGNORED_STEPS_NAMED_MAX);
    return {
      sessionId,
      status: 'accepted',
      revision,
      etag,
      durability: 'stored',
      known,
      ignoredSteps: named,
    };
  };

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

function dropped(sessionId: string): Persisted {
  const nothing = { revision: 0, etag: '', known: false, ignoredSteps: [] };
  return { sessionId, status: 'dropped', durability: 'stored', ...nothing };
}
