// What was erased, as the webhook answers it.

import type { ErasedSession, ErasedUser, PendingErasure } from '../../service/session-service.ts';

export function erasedSessionJson(erased: ErasedSession): string {
  return JSON.stringify({ status: 'erased', ...sessionJson(erased) });
}

export function erasedUserJson({
  userId,
  sessions,
  erased,
  remaining,
  durability,
  pending,
}: ErasedUser): string {
  return JSON.stringify({
    status: remaining === 0 ? 'erased' : 'erasing',
    userId,
    erased,
    remaining,
    durability,
    sessions: sessions.map(sessionJson),
    pending: pending.map(pendingJson),
  });
}

function sessionJson(erased: ErasedSession) {
  const { sessionId, found, frames, quarantined, locked, indexEntries, durability } = erased;
  const pending = erased.pending.map(pendingJson);
  const counts = { frames, quarantined, locked, indexEntries };
  return { sessionId, found, ...counts, durability, pending };
}

function pendingJson({ kind, untilMs }: PendingErasure) {
  return { kind, until: new Date(untilMs).toISOString() };
}
