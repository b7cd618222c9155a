// The replay of one spooled update. Its row may be given up only after this has settled everything:
//
//   1. age      older than the spool may keep it: an erase from before could be forgotten soon
//   2. user     its note in the index of its user, by its own moment. Where the user was erased
//               since, the update is dropped, before it could bring the session back
//   3. append   the update, unless the session was erased since, or has ended
//   4. note     what the append has made due; the user may have been erased since step 2
//
// An update that names no user is one of the user whom an earlier one of the same session named:
// while all of them were spooled, no index knew of the session, and no erase of the user reached
// it.
//
// Every step may be repeated, so a row that is replayed again after a crash changes nothing.

import { createEraseId } from '../../session/update-id.ts';
import { NOTE_EVERY_MS } from '../../store/due-note.ts';
import { isWeaker, type StoreDurability, weakestOf } from '../../store/durability.ts';
import { recentFrom } from '../../store/recent-updates.ts';
import type { AppendResult } from '../../store/session-store.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';
import type { Compactor } from '../compacting/compactor.ts';
import type { EraseSession } from '../erasing/erase-session.ts';
import { noteEnd } from '../indexing/note-end.ts';
import { writeNotes } from '../indexing/write-notes.ts';
import type { ServiceParts } from '../parts.ts';
import { loadSession, type ReadSession } from '../reading/read-session.ts';
import { mayBeOf } from '../reading/restored-session.ts';
import type { Moments } from './moments.ts';
import type { Settled } from './outcomes.ts';
import type { WaitingUpdate } from './waiting-updates.ts';

/** `againInMs`: somebody holds the session's lock, or too few replicas have the update yet. */
export type ReplayOutcome = { settled: Settled } | { settled?: undefined; againInMs: number };

/** Replays one update. `userId`: whom an earlier update of the session named; empty if none did.
 * Throws StoreUnavailable, or a Refusal `unavailable`, if the store does not take it now. */
export type ReplayUpdate = (update: WaitingUpdate, userId: string) => Promise<ReplayOutcome>;

/** A replay is not refused for its size: that was checked when it was acknowledged. */
const NO_LIMIT_BYTES = Number.MAX_SAFE_INTEGER;
/** Until the replicas are asked again. */
const NOT_REPLICATED_MS = 500;

export function createReplayUpdate(
  parts: ServiceParts,
  {
    moments,
    maxAgeMs,
    requiredDurability,
    compactor,
    eraseSession,
  }: {
    moments: Moments;
    maxAgeMs: number;
    requiredDurability: StoreDurability;
    compactor: Compactor;
    eraseSession: EraseSession;
  },
): ReplayUpdate {
  const { patience, settings, observer } = parts;
  const store = parts.store.once;

  return async function replayUpdate(update, earlierUserId) {
    if (moments.ageOf(update).leastMs > maxAgeMs) return { settled: 'too_old' };
    if (update.frame.length === 0) return noteAlone(update);
    const userId = update.userId || earlierUserId;
    if (userId !== '' && (await isUserErased(update, userId))) return { settled: 'user_erased' };

    const { sessionId, updateId, frame, flowId, eventMs, ttlMs } = update;
    const named = { sessionId, updateId, frame, flowId, userId: update.userId, eventMs, ttlMs };
    const conditions = { lockToken: '', ifMatch: '', sessionMaxBytes: NO_LIMIT_BYTES };
    const appended = await store.append({
      ...named,
      ...conditions,
      ...moments.replayed(update),
    });
    if (appended.status === 'locked') return { againInMs: appended.remainingMs };
    if (appended.status === 'dropped') {
      const { replay = 'erased' } = appended;
      return { settled: replay };
    }
    if (appended.status !== 'stored' && appended.status !== 'known')
      throw new Error(`the replay of an update was answered ${appended.status}`);
    if (appended.status === 'stored') await compactIfDue(update, appended);
    const { isErased, durabilities } = await noteAfter(update, appended);
    if (isErased) return { settled: 'user_erased' };
    return whenKept(appended.status, weakestOf(appended.durability, ...durabilities));
  };

  async function noteAlone(update: WaitingUpdate): Promise<ReplayOutcome> {
    const { isErased, durabilities } = await noteAfter(update, undefined);
    if (isErased) return { settled: 'user_erased' };
    const [first = requiredDurability, ...others] = durabilities;
    return whenKept('noted', weakestOf(first, ...others));
  }

  /** A row is given up only once the store keeps its update as safely as it is to. */
  function whenKept(settled: Settled, reached: StoreDurability): ReplayOutcome {
    return isWeaker(reached, requiredDurability) ? { againInMs: NOT_REPLICATED_MS } : { settled };
  }

  /** Whether the user was erased since the update was received. What is stored of the session is
   * erased then, too. */
  async function isUserErased(update: WaitingUpdate, userId: string): Promise<boolean> {
    const { sessionId, eventMs, ttlMs } = update;
    const answer = await store.index({
      ...{ userId, sessionId, eventMs, ttlMs: ttlMs + NOTE_EVERY_MS },
      ...moments.replayed(update),
    });
    if (answer.status !== 'erased') return false;
    await eraseLate(update, userId);
    return true;
  }

  /** Writes the notes that are due; answers whether the user was erased since. */
  async function noteAfter(
    update: WaitingUpdate,
    appended: Extract<AppendResult, { status: 'stored' | 'known' }> | undefined,
  ): Promise<{ isErased: boolean; durabilities: StoreDurability[] }> {
    const due = appended?.status === 'stored' ? appended.due : undefined;
    if (appended?.status === 'stored' && !due) return { isErased: false, durabilities: [] };
    const { sessionId, userId } = update;
    const moment = moments.replayed(update);
    if (due && appended?.status === 'stored') {
      const { incarnation } = appended;
      noteEnd(store, { sessionId, incarnation, due, ...moment });
    }
    const { erased, durabilities } = await writeNotes(store, { sessionId, userId, moment, due });
    if (erased) await eraseLate(update, erased.userId);
    return { isErased: erased !== undefined, durabilities };
  }

  /** Erases a session that holds this update although its user was erased since: no index led to
   * it then. A session without it is left alone; it may have begun after the erase. */
  async function eraseLate(update: WaitingUpdate, userId: string): Promise<void> {
    const { sessionId } = update;
    const session = await loadSession(store, sessionId);
    if (!session || !mayBeOf(session, userId) || !mayHold(session, update)) return;
    const { receivedAtMonotonicMs: askedAtMonotonicMs } = moments.replayed(update);
    const receipt = { monotonicMs: patience.nowMonotonicMs(), wallMicros: microsNow() };
    const eraseId = createEraseId({ sessionId, updateId: '' });
    await eraseSession({ receipt, askedAtMonotonicMs, sessionId, session, eraseId, ifMatch: '' });
  }

  /** Whether an update is in a session, or may have been folded into its snapshot. */
  function mayHold({ stored }: ReadSession, update: WaitingUpdate): boolean {
    const { frames, recent, nowMs, createdAtMs } = stored;
    if (frames.some(({ name }) => name === update.updateId)) return true;
    if (recentFrom(recent).some(({ updateId }) => updateId === update.updateId)) return true;
    const { leastMs, mostMs } = moments.ageOf(update);
    const isOlder = createdAtMs <= nowMs - leastMs && Number.isFinite(mostMs);
    return isOlder && frames.some(({ kind }) => kind === 'snapshot');
  }

  /** A session of twice the size that it may have is folded before its next replay. */
  async function compactIfDue(
    { sessionId, frame }: WaitingUpdate,
    stored: Extract<AppendResult, { status: 'stored' }>,
  ): Promise<void> {
    const { frameBytes = frame.length } = stored;
    observer.frameStored(frameBytes);
    if (stored.snapshotBytes + stored.deltaBytes > 2 * settings.sessionMaxBytes)
      await compactor.compact(sessionId);
    else
      compactor.appended(sessionId, { ...stored, appendedBytes: STORED_HEAD_BYTES + frameBytes });
  }
}

function microsNow(): bigint {
  return BigInt(Date.now()) * 1000n;
}
