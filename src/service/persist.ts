// Persist: one update is checked, validated, made a delta, and appended in one round trip. Nothing
// is read (but for an update with an etag or a lock, and for one that is refused and may have been
// stored before) and nothing is locked; merging happens when somebody reads. After that it is noted
// in its user's index, if the append says that this is due. An update without etag and lock that
// the store does not take in time is kept in the spool.

import type { FlowViolation } from '../session/flow/definition.ts';
import { OUT_OF_TIME } from '../session/flow/violation.ts';
import { encodeFrame } from '../session/frame.ts';
import { isExactTtl, requestedTtlMs } from '../session/requested-ttl.ts';
import { createDelta, type IdentifiedUpdate, identifyUpdate } from '../session/session-update.ts';
import { weakestOf } from '../store/durability.ts';
import type { Append, AppendResult, KnownUpdate } from '../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../store/stored-head.ts';
import type { AppendWhenUnlocked, Unlocked } from './appending/append-when-unlocked.ts';
import { tooLargeAlone } from './appending/append-within-limit.ts';
import { hasSeen, onAnySession, stampAfterSeen } from './appending/conditional-update.ts';
import { findKnownUpdate, isAnotherUpdate, isSuperseded } from './appending/known-update.ts';
import { checkIsOrdered, notWritable } from './appending/replacing-update.ts';
import type { Compactor } from './compacting/compactor.ts';
import { ANY_SESSION, checkLockToken, ifMatchFrom } from './conditions.ts';
import type { ConfirmedNotes } from './indexing/confirmed-notes.ts';
import type { NotedOutcome, NoteInUserIndex } from './indexing/note-in-user-index.ts';
import type { ServiceParts } from './parts.ts';
import type { SessionReading } from './reading/session-reading.ts';
import { conflict, idReused, lockLost, schemaViolation } from './refusals.ts';
import type { StoreWithin } from './retrying/retrying-store.ts';
import type { Persisted, Receipt, SessionService } from './session-service.ts';
import type { KeepUpdates } from './spooling/keep-updates.ts';

/** Most steps that an answer names as left out of a history. */
const IGNORED_STEPS_NAMED_MAX = 100;

type Steps = {
  append: AppendWhenUnlocked;
  noteInUserIndex: NoteInUserIndex;
  confirmedNotes: ConfirmedNotes;
  compactor: Compactor;
  /** Undefined without a spool. */
  keep: KeepUpdates | undefined;
  reading: SessionReading;
};

/** What of an update says when its session ends. */
type Sent = Pick<Append, 'sessionId' | 'receivedAtMonotonicMs' | 'ttlMs'>;

/** How an append ended that was not refused. */
type Ended = Exclude<Unlocked, { status: 'lock-lost' | 'conflict' }>;

export function createPersist(
  parts: ServiceParts,
  { append, noteInUserIndex, confirmedNotes, compactor, keep, reading }: Steps,
): SessionService['persist'] {
  const { settings, flows, observer, frameOf } = parts;

  return async function persist(posted) {
    const { receipt, lockToken } = posted;
    // 1. Check: the request is complete and well-formed. It gets its identity and its stamp.
    checkLockToken(lockToken, { pointer: '/lockToken' });
    const ifMatch = ifMatchFrom(posted.ifMatch);
    checkIsOrdered(posted, ifMatch);
    const update = identifyUpdate(posted, receipt.wallMicros, parts.updateIdKeys?.());

    const { sessionId, userId, flowId, variables, context } = posted;
    const { updateId, eventMs } = update;
    const definition = flows.of(flowId);
    const ttlMs = requestedTtlMs(posted.ttlSeconds) ?? definition?.ttlMs ?? settings.sessionTtlMs;
    const isTtlExact = isExactTtl(posted);
    // What depends on a condition, or on a lock, cannot be stored later; nor can what may shorten
    // the session, which others may have extended until then.
    const spool = lockToken === '' && ifMatch === '' && !isTtlExact ? keep : undefined;
    const store = parts.store.within(receipt, spool && { appendMaxMs: spool.afterMs(receipt) });

    // 2. Validate: its flow's definition allows what it posts, or there is none.
    const validated = definition?.validate(posted) ?? { variables, context, violations: [] };
    if (definition && validated.violations.length > 0) {
      const known = await storedBefore(store, update);
      if (known) return answerTo(update, known, receipt);
      reportViolations(definition.flowId, validated.violations);
      throw schemaViolation(definition.flowId, validated.violations);
    }

    // 3. Delta: what will be stored, as one frame.
    const created = createDelta(update, validated);
    const createdFrame = encodeFrame(created, frameOf);
    const refusal =
      notWritable(posted, settings.writeFormat) ??
      tooLargeAlone(createdFrame, settings.sessionMaxBytes);
    if (refusal) {
      const known = await storedBefore(store, update);
      if (known) return answerTo(update, known, receipt);
      throw refusal;
    }
    const conditions = { lockToken, ifMatch };
    const load = (seen: string) => reading.load(store, seen);
    const delta = hasSeen(conditions) ? await stampAfterSeen(load, created) : created;
    const frame = delta === created ? createdFrame : encodeFrame(delta, frameOf);

    const sent = {
      sessionId,
      updateId,
      flowId,
      userId,
      eventMs,
      frame,
      delta,
      receivedAtMonotonicMs: receipt.monotonicMs,
      ttlMs,
      isTtlExact,
      lockToken,
      ifMatch,
      confirmedNote: confirmedNotes.take(sessionId),
    };
    const appending =
      ifMatch === ANY_SESSION
        ? onAnySession(store, sessionId, (etag) => append(store, { ...sent, ifMatch: etag }))
        : append(store, sent);
    let appended: Unlocked;
    try {
      appended = await appending;
    } catch (error) {
      if (!spool?.isTaken(error, receipt)) throw error;
      const { known } = await spool.keepUpdate(sent, { receipt, contentTag: update.contentTag });
      return spooled(update, known);
    }
    if (appended.status === 'lock-lost') throw lockLost();
    if (appended.status === 'conflict') throw conflict(appended, ifMatch);
    if (appended.status === 'known') checkIsSame(update, appended);
    if (appended.status === 'stored')
      reportStored(update, appended.frameBytes ?? frame.length, appended);
    const answering = answerTo(update, appended, receipt);
    const answer = answering instanceof Promise ? await answering : answering;
    // What was noted of the session's end may be too late now.
    if (isTtlExact && appended.status === 'stored') noteExactEnd(sent, appended);
    if (!spool?.isTooWeak(answer)) return answer;
    // The store has it, and too few replicas have confirmed it: it is kept here until they do.
    const { contentTag } = update;
    const keeping = spool.keepUpdate(sent, { receipt, contentTag });
    const isKept = await keeping.then(
      () => true,
      () => false,
    );
    return isKept ? { ...answer, durability: 'spooled' } : answer;
  };

  /** At once where nothing is to be noted. */
  function answerTo(
    update: IdentifiedUpdate,
    appended: Ended,
    receipt: Receipt,
  ): Persisted | Promise<Persisted> {
    const { posted, updateId } = update;
    const { sessionId, userId } = posted;
    const noted = noteInUserIndex({ receipt, sessionId, updateId, userId, appended });
    return noted instanceof Promise
      ? noted.then((outcome) => answerOf(update, appended, outcome))
      : answerOf(update, appended, noted);
  }

  function answerOf(
    { posted: { sessionId }, ignoredSteps }: IdentifiedUpdate,
    appended: Ended,
    noted: NotedOutcome,
  ): Persisted {
    if (appended.status === 'dropped' || noted === 'dropped') return dropped(sessionId);
    const { revision, etag } = appended;
    return {
      ...{ sessionId, revision, etag },
      status: 'accepted',
      durability: weakestOf(appended.durability, noted),
      known: appended.status === 'known',
      superseded: appended.status === 'known' && isSuperseded(appended),
      ignoredSteps: ignoredSteps.slice(0, IGNORED_STEPS_NAMED_MAX),
    };
  }

  function noteExactEnd(
    { sessionId, receivedAtMonotonicMs, ttlMs }: Sent,
    { incarnation }: AppendResult & { status: 'stored' },
  ): void {
    const endsAtMonotonicMs = receivedAtMonotonicMs + ttlMs;
    parts.store.once.noteEnd({ sessionId, incarnation, endsAtMonotonicMs });
  }

  function reportViolations(flowId: string, violations: readonly FlowViolation[]): void {
    for (const { keyword, message } of violations) {
      observer.flowViolated({ flowId, keyword });
      if (keyword === OUT_OF_TIME) observer.validationTimedOut({ flowId, message });
    }
  }

  function reportStored(
    { posted: { sessionId }, ignoredSteps }: IdentifiedUpdate,
    frameBytes: number,
    stored: AppendResult & { status: 'stored' },
  ): void {
    if (ignoredSteps.length > 0) observer.stepsIgnored({ sessionId, steps: ignoredSteps });
    observer.frameStored(frameBytes);
    if (stored.repaired) observer.sessionRepaired({ sessionId, kind: 'metadata' });
    if (stored.setAside) observer.sessionRepaired({ sessionId, kind: 'foreign_value' });
    const { snapshotBytes, deltaBytes } = stored;
    const appendedBytes = STORED_HEAD_BYTES + frameBytes;
    compactor.appended(sessionId, { snapshotBytes, deltaBytes, appendedBytes });
  }
}

/** What an earlier attempt stored of an update that is refused now, by another definition or limit;
 * undefined if nothing. */
async function storedBefore(
  store: StoreWithin,
  update: IdentifiedUpdate,
): Promise<KnownUpdate | undefined> {
  const { posted, updateId, isRepeatable } = update;
  if (!isRepeatable) return undefined;
  const known = await findKnownUpdate(store, { sessionId: posted.sessionId, updateId });
  if (known) checkIsSame(update, known);
  return known;
}

/** Refuses (`id_reused`) an attempt whose id belongs to an update with other content. */
function checkIsSame({ posted, contentTag }: IdentifiedUpdate, known: KnownUpdate): void {
  if (isAnotherUpdate(known, { sessionId: posted.sessionId, contentTag })) throw idReused(known);
}

/** Where an update will be in its session is known once it is stored. */
function spooled({ posted: { sessionId }, ignoredSteps }: IdentifiedUpdate, known: boolean) {
  const unknown = { revision: 0, etag: '', superseded: false };
  const ignored = { ignoredSteps: ignoredSteps.slice(0, IGNORED_STEPS_NAMED_MAX) };
  return {
    sessionId,
    status: 'accepted',
    durability: 'spooled',
    known,
    ...unknown,
    ...ignored,
  } as const;
}

function dropped(sessionId: string): Persisted {
  const nothing = { revision: 0, etag: '', known: false, superseded: false, ignoredSteps: [] };
  return { sessionId, status: 'dropped', durability: 'stored', ...nothing };
}
