// Appending one update. The order of the checks is that of the contract, and of the Redis script:
// metadata, known id, tombstone, end of a replay, lock, precondition, size, write. The caller holds
// the write lock of the file from the first reading to the commit, so nothing changes between check
// and write.

import { dueNote } from '../due-note.ts';
import { etagAfter } from '../etag-chain.ts';
import { recentFrom } from '../recent-updates.ts';
import {
  type Append,
  type AppendResult,
  BEFORE_ALL,
  type KnownUpdate,
  LIVE_SESSION,
  NO_SESSION,
} from '../session-store.ts';
import { STORED_HEAD_BYTES, storedHead } from '../stored-head.ts';
import { storedFrameFrom } from '../stored-value.ts';
import { type AppendBase, type AppendSurroundings, baseOf, hasRoom } from './append-base.ts';
import { conflictOf, type FoundSession, findSession, positionOf } from './found-session.ts';
import type { Locks } from './locks.ts';
import type { SessionRows } from './session-rows.ts';
import type { Tables } from './tables.ts';
import type { Tombstones } from './tombstones.ts';

/** Appends one update, inside the caller's write transaction. */
export function appendUpdate(
  tables: Tables,
  append: Append,
  around: AppendSurroundings,
): AppendResult {
  const { sessions, tombstones, locks } = tables;
  const found = findSession(sessions, append.sessionId, around.nowMs);
  const refusal =
    knownAnswer(sessions, found, append) ??
    tombstoneAnswer(tombstones, append, around) ??
    endedAnswer(found, append, around) ??
    lockAnswer(locks, append, around.nowMs) ??
    preconditionAnswer(found, append);
  if (refusal !== undefined) return refusal;

  const base = baseOf(sessions, found, { append, around });
  const tooLarge = sizeAnswer(base, append);
  if (tooLarge !== undefined) return tooLarge;
  if (tombstones.repair(append.sessionId, around.nowMs)) base.isRepaired = true;
  const noted = notedOf(found);
  // Needed for a confirmation alone.
  const erased = append.confirmedNote && tombstones.find(append.sessionId, around.nowMs);
  return write(sessions, append, { base, around, noted, erasedAtMs: erased?.instantMs });
}

function knownAnswer(
  sessions: SessionRows,
  found: FoundSession,
  append: Append,
): KnownUpdate | undefined {
  if (found.state === 'none') return undefined;
  const sessionRevision = positionOf(found).revision;
  const known = { status: 'known', durability: 'stored', sessionRevision } as const;
  const value = sessions.value(append.sessionId, append.updateId);
  if (value !== undefined) {
    const { revision, etag, bytes } = storedFrameFrom(append.updateId, value);
    return { ...known, revision, etag, frame: bytes };
  }
  const folded = recentFrom(found.fields.recent).find(
    (update) => update.updateId === append.updateId,
  );
  return folded && { ...known, revision: folded.revision, etag: folded.etag };
}

function tombstoneAnswer(
  tombstones: Tombstones,
  { sessionId, updateId, ifMatch }: Append,
  { nowMs, latestMs, replayedFromMs }: AppendSurroundings,
): AppendResult | undefined {
  if (ifMatch === BEFORE_ALL) return tombstones.find(sessionId, nowMs) && { status: 'dropped' };
  const drops = tombstones.drops(sessionId, { updateId, latestMs, replayedFromMs }, nowMs);
  if (drops === 'no') return undefined;
  return drops === 'doubtful' ? { status: 'dropped', replay: 'doubtful' } : { status: 'dropped' };
}

/** A replay whose time to live passed before now, or before the session that is live began. */
function endedAnswer(
  found: FoundSession,
  { ttlMs }: Append,
  { nowMs, momentMs, replayedFromMs }: AppendSurroundings,
): AppendResult | undefined {
  if (replayedFromMs === undefined) return undefined;
  const beginMs = found.state === 'none' ? nowMs : (found.fields.createdAtMs ?? momentMs);
  return momentMs + ttlMs <= beginMs ? { status: 'dropped', replay: 'ended' } : undefined;
}

function lockAnswer(
  locks: Locks,
  { sessionId, lockToken, ifMatch }: Append,
  nowMs: number,
): AppendResult | undefined {
  if (ifMatch === BEFORE_ALL) return undefined;
  const held = locks.held(sessionId, nowMs);
  if (lockToken !== '') return held?.token === lockToken ? undefined : { status: 'lock-lost' };
  return held && { status: 'locked', remainingMs: held.deadlineMs - nowMs };
}

function preconditionAnswer(found: FoundSession, { ifMatch }: Append): AppendResult | undefined {
  const isMet =
    ifMatch === BEFORE_ALL ||
    (ifMatch === NO_SESSION && found.state === 'none') ||
    (ifMatch === LIVE_SESSION && found.state !== 'none');
  return isMet ? undefined : conflictOf(found, ifMatch);
}

function sizeAnswer({ fields }: AppendBase, append: Append): AppendResult | undefined {
  const { snapshotBytes, deltaBytes } = fields;
  return hasRoom(fields, append) ? undefined : { status: 'needs-fold', snapshotBytes, deltaBytes };
}

function notedOf(found: FoundSession): string {
  return found.state === 'none' ? '' : found.fields.notes.noted;
}

function write(
  sessions: SessionRows,
  append: Append,
  {
    base,
    around,
    noted,
    erasedAtMs,
  }: {
    base: AppendBase;
    around: AppendSurroundings;
    noted: string;
    erasedAtMs: number | undefined;
  },
): AppendResult {
  const { sessionId, updateId, frame, flowId, ttlMs, userId, eventMs, confirmedNote } = append;
  const { momentMs, nowMs, replayedFromMs } = around;
  const { state, fields, isRepaired } = base;
  const isReplay = replayedFromMs !== undefined;
  const { snapshotBytes } = fields;
  const deltaBytes = fields.deltaBytes + STORED_HEAD_BYTES + frame.length;
  const revision = fields.revision + 1;
  const etag = etagAfter(fields.chain, { updateId, frame });
  const earliestEndMs = append.isTtlExact ? 0 : fields.expiresAtMs;
  const expiresAtMs = Math.max(earliestEndMs, Math.round(momentMs + ttlMs));
  const { incarnation } = fields;
  const isCreated = state === 'none';
  const session = { incarnation, isCreated, expiresAtMs };
  const update = { userId, eventMs, ttlMs, momentMs, nowMs, confirmedNote, erasedAtMs };
  const note = dueNote(noted, { ...update, ...session });
  if (isCreated && sessions.remove(sessionId)) around.onExpired();
  sessions.putFields(sessionId, {
    ...fields,
    createdAtMs: isReplay ? Math.min(fields.createdAtMs, momentMs) : fields.createdAtMs,
    revision,
    chain: etag,
    expiresAtMs,
    flowId: flowId === '' ? fields.flowId : flowId,
    deltaBytes,
    noted: note.noted ?? noted,
  });
  sessions.addFrame(
    sessionId,
    updateId,
    Buffer.concat([Buffer.from(storedHead(revision, etag)), frame]),
  );
  return {
    status: 'stored',
    durability: 'stored',
    incarnation,
    due: note.due,
    revision,
    etag,
    snapshotBytes,
    deltaBytes,
    created: isCreated,
    repaired: isRepaired,
    setAside: false,
  };
}
