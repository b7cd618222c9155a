import { eventMsOf } from '../../session/stamp.ts';
import type { StoredKey } from '../../store/session-store.ts';
import { readSession } from '../reading/read-session.ts';
import { mayBeOf, userIdOf } from '../reading/restored-session.ts';
import type { ListedSession, ListFilters } from './listed-sessions.ts';

/** A session as a list shows it, if it is live and fits the filters; else undefined. */
export function listedSession(
  sessionId: string,
  key: StoredKey,
  filters: ListFilters,
): ListedSession | undefined {
  if (key.session === undefined || !sessionId.startsWith(filters.idPrefix)) return undefined;
  const session = readSession(sessionId, key.session, 0);
  const { stored, state, outcome } = session;
  // What an index says of a session is right where the session does not say otherwise.
  if (filters.userId !== '' && !mayBeOf(session, filters.userId)) return undefined;
  const lastEventMs = lastEventOf(session);
  const listed: ListedSession = {
    ...{ sessionId, outcome, lastEventMs },
    userId: userIdOf(state),
    flowId: state.updates.findLast(({ flowId }) => flowId)?.flowId || stored.flowId,
    ...{ revision: stored.revision, createdAtMs: stored.createdAtMs },
    ...{ expiresAtMs: stored.expiresAtMs, lockedUntilMs: key.lockedUntilMs },
    ...{ quarantined: key.quarantine.length, frames: stored.frames.length },
    bytes: stored.snapshotBytes + stored.deltaBytes,
    isDamaged:
      outcome !== 'intact' ||
      !stored.isWhole ||
      stored.damage.length + key.damage.length + key.quarantine.length > 0,
  };
  return fits(listed, filters) ? listed : undefined;
}

function lastEventOf({ state, stored }: ReturnType<typeof readSession>): number | undefined {
  const stamp = state.updates.at(-1)?.stamp;
  if (stamp) return eventMsOf(stamp);
  return stored.lastEvent?.eventMs;
}

function fits(
  { flowId, lastEventMs, outcome, lockedUntilMs, isDamaged }: ListedSession,
  filters: ListFilters,
): boolean {
  const { eventFromMs, eventUntilMs, outcomes, isLocked } = filters;
  return (
    (filters.flowId === '' || flowId === filters.flowId) &&
    (eventFromMs === undefined || lastEventMs === undefined || lastEventMs >= eventFromMs) &&
    (eventUntilMs === undefined || lastEventMs === undefined || lastEventMs < eventUntilMs) &&
    (outcomes.length === 0 || outcomes.includes(outcome)) &&
    (isLocked === undefined || isLocked === (lockedUntilMs !== undefined)) &&
    (filters.isDamaged === undefined || filters.isDamaged === isDamaged)
  );
}
