import { hasExpired } from '../metadata.ts';
import type { StoredKey, StoredSession } from '../session-store.ts';
import { understoodSession } from '../understood-session.ts';
import type { Tables } from './tables.ts';

/** The live session, or undefined. */
export function readSession(
  { sessions, quarantine }: Tables,
  sessionId: string,
  nowMs: number,
): StoredSession | undefined {
  const fields = sessions.fields(sessionId);
  if (hasExpired(fields, nowMs)) return undefined;
  const frames = sessions.frames(sessionId);
  if (!fields.isBegun && frames.length === 0) return undefined;
  const { snapshotBytes, deltaBytes, recent, notes } = fields;
  const { frames: quarantined } = quarantine.measure(sessionId, nowMs);
  const counts = { snapshotBytes, deltaBytes };
  return understoodSession({ metadata: fields, counts, recent, notes, frames, quarantined }, nowMs);
}

/** Everything under a session's id. */
export function inspectKey(tables: Tables, sessionId: string, nowMs: number): StoredKey {
  const { tombstone, isDamaged: isTombstoneDamaged } = tables.tombstones.read(sessionId, nowMs);
  const { lock, isDamaged: isLockDamaged } = tables.locks.read(sessionId, nowMs);
  const isDamaged = {
    lock: isLockDamaged,
    tombstone: isTombstoneDamaged,
    erased: !tables.tombstones.isErasedIntact(sessionId),
  };
  return {
    nowMs,
    session: readSession(tables, sessionId, nowMs),
    lockedUntilMs: lock?.isHeld ? lock.deadlineMs : undefined,
    tombstone: tombstone && { instantMs: tombstone.instantMs, expiresAtMs: tombstone.expiresAtMs },
    quarantine: tables.quarantine.frames(sessionId, nowMs),
    damage: (['lock', 'tombstone', 'erased'] as const).filter((field) => isDamaged[field]),
    unknownFields: [],
  };
}
