// Extending the life of a session, as the Redis script touch.lua does it. Of metadata that cannot be
// read the next append repairs the rest.

import { dueNote } from '../due-note.ts';
import type { Touch, TouchResult } from '../session-store.ts';
import type { Instants } from './clock.ts';
import { findSession } from './found-session.ts';
import type { Tables } from './tables.ts';

/** Extends a live session, inside the caller's write transaction. */
export function touchSession(
  { sessions, tombstones }: Tables,
  { sessionId, ttlMs, flowId }: Touch,
  { nowMs, momentMs }: Instants,
): TouchResult {
  const found = findSession(sessions, sessionId, nowMs);
  if (found.state === 'none')
    return { status: 'missing', isErased: tombstones.find(sessionId, nowMs) !== undefined };
  const { fields } = found;
  if (flowId !== undefined && flowId !== fields.flowId)
    return { status: 'other-flow', flowId: fields.flowId };
  const expiresAtMs = Math.max(fields.expiresAtMs ?? 0, Math.round(momentMs + ttlMs));
  const touched = { status: 'touched', durability: 'stored' } as const;
  const remainingMs = expiresAtMs - nowMs;
  if (found.state === 'damaged') {
    sessions.putExpiry(sessionId, { expiresAtMs });
    return { ...touched, remainingMs, due: undefined };
  }
  const { incarnation, notes } = found.fields;
  const session = { incarnation, isCreated: false, expiresAtMs };
  const none = { userId: '', eventMs: 0 };
  const note = dueNote(notes.noted, { ...session, ...none, ttlMs, momentMs, nowMs });
  const noted = note.noted ?? notes.noted;
  sessions.putExpiry(sessionId, { expiresAtMs, fields: found.fields, noted });
  return { ...touched, remainingMs, due: note.due };
}
