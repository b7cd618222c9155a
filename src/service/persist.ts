// Persist: one update, judged, framed and appended in one round trip. Nothing is read (but for an
// update with an etag or a lock, and for one that is refused and may have been stored before) and
// nothing is locked; merging happens when somebody reads. Beside it the index of the update's user
// is told, if it is time.

import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';
import type { Refusal } from '../session/errors.ts';
import type { FlowDefinition } from '../session/flow/definition.ts';
import { encodeFrame } from '../session/frame.ts';
import { createDelta, type IdentifiedUpdate, identifyUpdate } from '../session/session-update.ts';
import type { AppendResult, KnownUpdate } from '../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../store/stored-head.ts';
import { onAnySession } from './appending/any-session.ts';
import type { AppendWhenUnlocked, Unlocked } from './appending/append-when-unlocked.ts';
import { tooLargeAlone } from './appending/append-within-limit.ts';
import { findKnownUpdate, isAnotherUpdate, isSuperseded } from './appending/known-update.ts';
import { comeAfterWhatWasSeen } from './appending/stamp-after-seen.ts';
import { judgeUpdate } from './appending/validate-update.ts';
import type { Compactor } from './compacting/compactor.ts';
import { ANY_SESSION, ifMatchFrom } from './if-match.ts';
import type { KeepIndexed } from './indexing/keep-indexed.ts';
import type { Telling, TellUserIndex } from './indexing/update-user-index.ts';
import { checkLockToken } from './lock-token.ts';
import type { ServiceParts } from './parts.ts';
import { conflict, idReused, lockLost } from './refusals.ts';
import type { Persisted, SessionService } from './session-service.ts';
import { createLostAttempts } from './until-deadline.ts';

/** Most steps that an answer names as left out of a history. */
const IGNORED_STEPS_NAMED_MAX = 100;

type Steps = {
  append: AppendWhenUnlocked;
  tellUserIndex: TellUserIndex;
  keepIndexed: KeepIndexed;
  compactor: Compactor;
};

/** What can be framed, or its refusal, which counts when it is made. */
type Made =
  | { delta: SessionState; frame: Uint8Array; refuse?: undefined }
  | { refuse: () => Refusal };
/** How an append ended that was not refused. */
type Ended = Exclude<Unlocked, { status: 'lock-lost' | 'conflict' }>;

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
    const update = identifyUpdate(posted, receipt.wallMicros);
    const { updateId, eventMs, ignoredSteps } = update;
    const ttlMs = definition?.ttlMs ?? settings.sessionTtlMs;
    const moment = { receivedAtMonotonicMs: receipt.monotonicMs, ttlMs };
    const tell = () =>
      userId ? tellUserIndex({ userId, sessionId, eventMs, ...moment }, receipt) : undefined;

    const made = frameOf(update, definition);
    if (made.refuse) {
      // What is refused now may have been stored by an earlier attempt, under another definition or
      // limit.
      const known =
        update.isRepeatable && (await findKnownUpdate(parts, { receipt, sessionId, updateId }));
      if (!known) throw made.refuse();
      checkIsSame(update, known);
      return answerTo(update, known, tell());
    }

    const isForAny = ifMatch === ANY_SESSION;
    // A sender that asks for any session has seen none.
    const seen = { receipt, lockToken, ifMatch: isForAny ? '' : ifMatch };
    const delta = await comeAfterWhatWasSeen(parts, seen, made.delta);
    const frame = delta === made.delta ? made.frame : encodeFrame(delta);
    const conditions = { lockToken, ifMatch, lost: createLostAttempts() };
    const sent = { sessionId, updateId, flowId, frame, delta, receipt, ...moment, ...conditions };
    const appending = isForAny
      ? onAnySession(parts, sent, (etag) => append({ ...sent, ifMatch: etag }))
      : append(sent);
    const telling = tell();

    const appended = await appending;
    if (appended.status === 'lock-lost') throw lockLost();
    if (appended.status === 'conflict') throw conflict(appended, ifMatch);
    if (appended.status === 'known') checkIsSame(update, appended);
    if (appended.status === 'stored' && ignoredSteps.length > 0) {
      observer.stepsIgnored({ sessionId, steps: ignoredSteps });
    }
    if (appended.status === 'stored') noteStored(sessionId, frame.length, appended);
    if (appended.status === 'stored' && userId === '')
      keepIndexed.stored({ sessionId, ttlMs, receipt });
    return answerTo(update, appended, telling);
  };

  /** The delta of an update and its frame, or why it cannot be stored. */
  function frameOf(update: IdentifiedUpdate, definition: FlowDefinition | undefined): Made {
    const judged = judgeUpdate(definition, update.posted);
    if (judged.refuse) return { refuse: () => judged.refuse(observer) };
    const delta = createDelta(update, judged.parts);
    const frame = encodeFrame(delta);
    const tooLarge = tooLargeAlone(frame, settings.sessionMaxBytes);
    return tooLarge ? { refuse: () => tooLarge } : { delta, frame };
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

/** Refuses (`id_reused`) an attempt whose id belongs to an update that says something else. */
function checkIsSame({ posted, contentTag }: IdentifiedUpdate, known: KnownUpdate): void {
  if (isAnotherUpdate(known, { sessionId: posted.sessionId, contentTag })) throw idReused(known);
}

async function answerTo(
  { posted: { sessionId }, ignoredSteps }: IdentifiedUpdate,
  appended: Ended,
  telling: Telling | undefined,
): Promise<Persisted> {
  const fate = await telling?.settle(appended);
  if (appended.status === 'dropped' || fate === 'dropped') return dropped(sessionId);
  const { revision, etag } = appended;
  return {
    ...{ sessionId, revision, etag },
    status: 'accepted',
    durability: 'stored',
    known: appended.status === 'known',
    superseded: appended.status === 'known' && isSuperseded(appended),
    ignoredSteps: ignoredSteps.slice(0, IGNORED_STEPS_NAMED_MAX),
  };
}

function dropped(sessionId: string): Persisted {
  const nothing = { revision: 0, etag: '', known: false, superseded: false, ignoredSteps: [] };
  return { sessionId, status: 'dropped', durability: 'stored', ...nothing };
}
