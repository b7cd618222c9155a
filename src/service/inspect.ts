// Inspect: what Restore answers, and all that is stored under the session's key, frame by frame, in
// one read. Changes nothing.

import { readStoredFrame } from '../session/frame.ts';
import { checkId } from '../session/identifier.ts';
import { logIdOf } from '../session/log-id.ts';
import { countRemovals } from '../session/remembered-removals.ts';
import { replacedParts } from '../session/replaced-parts.ts';
import type { QuarantinedFrame, StoredKey } from '../store/session-store.ts';
import type { Compactor } from './compacting/compactor.ts';
import type { UserErasures } from './erasing/user-erasures.ts';
import type { ServiceParts } from './parts.ts';
import { findByUser } from './reading/find-by-user.ts';
import { type ReadSession, reportRead, type VerifiedFrame } from './reading/read-session.ts';
import { restoredSessionFrom } from './reading/restored-session.ts';
import type { SessionReading } from './reading/session-reading.ts';
import { checkRevision, oldestRevisionOf } from './reading/view-at.ts';
import type {
  FrameInspection,
  QuarantineInspection,
  SessionInspection,
  SessionService,
  SessionSummary,
} from './session-service.ts';

/** Sessions listed for a user at most. */
const LISTED_MAX = 100;

export function createInspect(
  parts: ServiceParts,
  { compactor, reading }: { compactor: Compactor; reading: SessionReading },
): SessionService['inspect'] {
  return async function inspect({ receipt, sessionId, revision }) {
    checkId(sessionId, { pointer: '/sessionId', required: true });
    checkRevision(revision);
    const store = parts.store.within(receipt);
    const { key, session } = await reading.loadKey(store, sessionId, revision);
    if (!session) return undefined;
    reportRead(parts.observer, session, key.damage);
    compactor.sessionRead(session);
    return inspectionOf(session, { key, parts });
  };
}

/** A session that was read with its key, as it is stored. */
export function inspectionOf(
  session: ReadSession,
  { key, parts }: { key: StoredKey; parts: Pick<ServiceParts, 'settings' | 'flows'> },
): SessionInspection {
  const { stored } = session;
  const { sessionId } = session.state;
  const { incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes } = stored;
  return {
    state: restoredSessionFrom(session, parts),
    logId: logIdOf(sessionId),
    oldestRevision: oldestRevisionOf(stored),
    lockedUntilMs: key.lockedUntilMs,
    tombstone: key.tombstone,
    quarantine: key.quarantine.map((frame) => quarantineInspectionFrom(sessionId, frame)),
    rememberedRemovals: countRemovals(session.state),
    damagedFields: [...stored.damage, ...key.damage],
    unknownFields: key.unknownFields,
    isWhole: stored.isWhole,
    ...{ incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes },
    frames: session.frames.map(frameInspectionFrom),
  };
}

export function createInspectUser(
  parts: ServiceParts,
  { userErasures, reading }: { userErasures: UserErasures; reading: SessionReading },
): SessionService['inspectUser'] {
  return async function inspectUser({ receipt, userId }) {
    checkId(userId, { pointer: '/userId', required: true });
    const store = parts.store.within(receipt);
    const { caller } = receipt;
    const found = await findByUser(store, userId, { count: LISTED_MAX, reading, caller });
    const sessions = found.sessions.map(({ stored, state, outcome, eventMs }): SessionSummary => {
      const { revision, expiresAtMs, nowMs } = stored;
      const { sessionId } = state;
      const ttlMs = expiresAtMs - nowMs;
      return { sessionId, lastEventMs: eventMs, ttlMs, revision, outcome };
    });
    const { entries: indexEntries, tombstone } = await store.inspectUser(userId);
    return { sessions, indexEntries, tombstone, isBeingErased: userErasures.isErasing(userId) };
  };
}

function frameInspectionFrom({ stored, read }: VerifiedFrame): FrameInspection {
  const updates = read.state?.updates ?? [];
  return {
    name: stored.name,
    kind: stored.kind,
    revision: stored.revision,
    etag: stored.etag,
    sizeBytes: stored.bytes.length,
    verdict: read.verdict,
    stamp: updates.at(-1)?.stamp,
    updates: updates.length,
    variables: updates.flatMap((update) => update.variables.map(({ key }) => key)),
    context: updates.flatMap((update) => update.context.map(({ key }) => key)),
    removedVariables: updates.flatMap((update) => update.removedVariables),
    removedContext: updates.flatMap((update) => update.removedContext),
    replaces: replacedParts(updates),
    historySteps: read.state?.history.length ?? 0,
    rawBytes: read.verdict === 'sound' ? undefined : stored.bytes,
  };
}

/** A frame in quarantine, and what reading it gives now. */
export function quarantineInspectionFrom(
  sessionId: string,
  frame: QuarantinedFrame,
): QuarantineInspection {
  const { name, kind, revision, bytes, quarantinedAtMs, expiresAtMs } = frame;
  const { verdict } = readStoredFrame(frame, sessionId);
  const placed = { name, kind, revision, sizeBytes: bytes.length, verdict };
  return { ...placed, quarantinedAtMs, expiresAtMs, rawBytes: bytes };
}
