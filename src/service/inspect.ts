// Inspect: what Restore answers, and beside it what is stored, frame by frame. Changes nothing.

import { checkId } from '../session/identifier.ts';
import { logIdOf } from '../session/log-id.ts';
import { findByUser } from './find-by-user.ts';
import { loadSession, type VerifiedFrame } from './read-session.ts';
import { restoredSessionFrom } from './restored-session.ts';
import type { ServiceParts } from './service-parts.ts';
import type { FrameInspection, SessionService, SessionSummary } from './session-service.ts';

/** Sessions listed for a user at most. */
const LISTED_MAX = 100;

export function createInspect(parts: ServiceParts): SessionService['inspect'] {
  return async function inspect({ receipt, sessionId }) {
    checkId(sessionId, { pointer: '/sessionId', required: true });
    const session = await loadSession(parts, { receipt, sessionId });
    if (!session) return undefined;
    const { incarnation, createdAtMs, expiresAtMs, snapshotBytes, deltaBytes } = session.stored;
    return {
      state: restoredSessionFrom(session, parts.settings),
      logId: logIdOf(sessionId),
      incarnation,
      createdAtMs,
      expiresAtMs,
      snapshotBytes,
      deltaBytes,
      frames: session.frames.map(frameInspectionFrom),
    };
  };
}

export function createInspectUser(parts: ServiceParts): SessionService['inspectUser'] {
  return async function inspectUser({ receipt, userId }) {
    checkId(userId, { pointer: '/userId', required: true });
    const sessions: SessionSummary[] = [];
    for await (const { stored, state, eventMs } of findByUser(parts, { receipt, userId })) {
      const { revision, expiresAtMs, nowMs } = stored;
      sessions.push({
        sessionId: state.sessionId,
        lastEventMs: eventMs,
        ttlMs: expiresAtMs - nowMs,
        revision,
      });
      if (sessions.length === LISTED_MAX) break;
    }
    return sessions;
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
    historySteps: read.state?.history.length ?? 0,
  };
}
