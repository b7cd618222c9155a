// Compaction, off the request path: read a session, fold its intact frames, replace exactly those
// by one snapshot. The store compares before it replaces, so two compactors, or one that read an
// old copy, cannot fold an update twice or drop one that was not folded; the worst that happens is
// `changed`, and the next append that crosses the threshold triggers another compaction.
//
// Frames that cannot be read are not folded; the same run moves them into quarantine first, so a
// read that finds any starts a run. A frame that is intact but not understood, from a newer sidecar
// in a rolling upgrade, or encrypted with a key that is missing, blocks compaction: its content may
// belong in the snapshot. A snapshot holds all that the folded frames hold, also where that needs a
// newer format than WRITE_FORMAT.

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { SECOND_FORMAT } from '../../session/format.ts';
import type { FrameVerdict } from '../../session/frame.ts';
import { recentBinary, recentFrom, recentLines } from '../../store/recent-updates.ts';
import {
  type Compaction,
  type DamagedField,
  RECENT_UPDATES,
  type RecentUpdate,
  type Sizes,
  type StoredFrame,
  type StoredSession,
} from '../../store/session-store.ts';
import { receptionOf } from '../../store/stored-head.ts';
import { snapshotName } from '../../store/stored-value.ts';
import type { CompactionResult, ServiceObserver, ServiceParts } from '../parts.ts';
import {
  damagedFrames,
  isFrameMissing,
  type ReadSession,
  type VerifiedFrame,
  verifyFrames,
} from '../reading/read-session.ts';
import { isCompactionDue, isCompactionDueWhenIdle } from './compaction-due.ts';
import { createIdleSessions } from './idle-sessions.ts';
import { type QuarantineParts, quarantineFrames } from './quarantine-frames.ts';
import { type SnapshotOptions, snapshotFrame } from './snapshot-frame.ts';

/** Compactions at one time that an append or a read triggered; others wait. One that the update
 * of a full session needs does not wait. */
const CONCURRENCY = 2;
/** Sessions that wait at most. Beyond that a session is compacted at its next trigger. */
const WAITING_MAX = 10_000;
/** Longer than most people take from one turn of a conversation to the next. */
const IDLE_AFTER_MS = 60_000;
const SNAPSHOT_NAME_BYTES = 6;

/** Fields that a compaction writes. */
const REWRITTEN: readonly DamagedField[] = ['snapshot_bytes', 'delta_bytes', 'recent'];

/** Verdicts on frames that another sidecar may understand. */
const NOT_UNDERSTOOD: readonly FrameVerdict[] = ['newer_format', 'undecodable', 'sealed'];

export type Compactor = {
  /** Compacts a session if this append made that due, or once no other comes, if it is worth that.
   * Never waits. */
  appended(sessionId: string, after: Sizes & { appendedBytes: number }): void;
  /** Runs for a session in which a read found damaged frames. Never waits. */
  sessionRead(session: ReadSession): void;
  /** Compacts a session now, or joins the compaction that is under way. A failure is a result.
   * A session without room for `roomForBytes` more remembers fewer removed keys, if that makes
   * room. */
  compact(sessionId: string, options?: { roomForBytes: number }): Promise<CompactionResult>;
  /** Resolves when nothing is running or waiting. */
  idle(): Promise<void>;
  /** Drops what is waiting, which later appends trigger again; resolves when what is running has
   * ended. */
  close(): Promise<void>;
};

export type CompactorParts = QuarantineParts &
  Pick<ServiceParts, 'patience'> & { observer: Pick<ServiceObserver, 'compactionEnded'> };

export function createCompactor(
  parts: CompactorParts,
  { idleAfterMs = IDLE_AFTER_MS } = {},
): Compactor {
  const { settings, patience, observer } = parts;
  const store = parts.store.once;
  const waiting = new Set<string>();
  const running = new Map<string, Promise<CompactionResult>>();
  const idleSessions = createIdleSessions({ afterMs: idleAfterMs, onIdle: add });

  return {
    appended(sessionId, after) {
      const isDue = isCompactionDue(after, settings);
      if (isDue) add(sessionId);
      idleSessions.updated(sessionId, !isDue && isCompactionDueWhenIdle(after, settings));
    },
    sessionRead({ state, stored, frames }) {
      const isRepairable = isFrameMissing(stored) || isRewritten(stored);
      const isFoldable =
        frames.length > 0 &&
        frames.every(({ stored: frame, read }) => read.verdict === 'sound' && !frame.hasNewerHead);
      if (damagedFrames(frames).length > 0 || (isRepairable && isFoldable)) add(state.sessionId);
    },
    compact,
    idle,
    close() {
      idleSessions.close();
      waiting.clear();
      return idle();
    },
  };

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running.values());
  }

  function add(sessionId: string): void {
    if (waiting.size >= WAITING_MAX) return;
    waiting.add(sessionId);
    startNext();
  }

  function startNext(): void {
    if (running.size >= CONCURRENCY) return;
    for (const sessionId of waiting) {
      // A run that is under way may have read the session before the latest append.
      if (running.has(sessionId)) continue;
      waiting.delete(sessionId);
      compact(sessionId);
      return;
    }
  }

  /** Callers that come while a session is being compacted share that run. */
  function compact(
    sessionId: string,
    { roomForBytes } = { roomForBytes: 0 },
  ): Promise<CompactionResult> {
    const shared = running.get(sessionId);
    if (shared) return shared;
    const run = compactAndReport(sessionId, roomForBytes).finally(() => {
      running.delete(sessionId);
      startNext();
    });
    running.set(sessionId, run);
    return run;
  }

  async function compactAndReport(
    sessionId: string,
    roomForBytes: number,
  ): Promise<CompactionResult> {
    // After the answer to the request that triggered this.
    await nextTurn();
    const startedMs = patience.nowMonotonicMs();
    const ended = await compactOnce(sessionId, roomForBytes).catch((cause) => ({
      result: 'failed' as const,
      cause,
    }));
    const seconds = (patience.nowMonotonicMs() - startedMs) / 1000;
    observer.compactionEnded({ sessionId, ...ended, seconds });
    return ended.result;
  }

  async function compactOnce(
    sessionId: string,
    roomForBytes: number,
  ): Promise<{ result: CompactionResult }> {
    const stored = await store.read(sessionId);
    if (!stored) return { result: 'skipped' };
    const frames = verifyFrames(sessionId, stored.frames);
    await quarantineFrames(parts, { sessionId, frames: damagedFrames(frames) });
    const writing = { roomForBytes, ...settings };
    const compaction = compactionOf({ sessionId, stored, frames }, writing);
    return {
      result: typeof compaction === 'string' ? compaction : await store.compact(compaction),
    };
  }
}

function compactionOf(
  {
    sessionId,
    stored,
    frames,
  }: { sessionId: string; stored: StoredSession; frames: VerifiedFrame[] },
  writing: SnapshotOptions,
): Compaction | 'blocked' | 'skipped' {
  const isBlocking = ({ stored: frame, read }: VerifiedFrame) =>
    frame.hasNewerHead || NOT_UNDERSTOOD.includes(read.verdict);
  if (frames.some(isBlocking)) return 'blocked';
  const intact = frames.flatMap(({ stored: frame, read }) =>
    read.verdict === 'sound' ? [{ frame, ...read }] : [],
  );
  const folded = intact.map(({ frame }) => frame);
  const last = folded.at(-1);
  const hasDeltas = folded.some(({ kind }) => kind === 'delta');
  // Without a damaged frame, which was moved, the log is no longer whole.
  const isOfOtherKey = folded.some((frame) => frame.isOfOtherKey);
  const isLess = intact.length < frames.length;
  const isWorthIt = hasDeltas || isLess || isOfOtherKey || isToBeRewritten(stored);
  if (!last || !isWorthIt) return 'skipped';
  const states = intact.map(({ state }) => state);
  const frame = snapshotFrame(sessionId, states, { ...writing, nowMs: stored.nowMs });
  const recent = recentAfter(recentFrom(stored.recent), intact);
  const isRecentBinary = writing.writeFormat >= SECOND_FORMAT;
  const random = randomBytes(SNAPSHOT_NAME_BYTES).toString('hex');
  // As the metadata has them: the last frame may be missing, and a head may be damaged.
  const { revision, etag } = stored.etag === '' ? last : stored;
  const reception = receptionOf(folded.map((delta) => delta.reception));
  return {
    sessionId,
    incarnation: stored.incarnation,
    folded,
    snapshot: {
      name: snapshotName(random, isRecentBinary ? recentBinary(recent) : recentLines(recent)),
      ...{ frame, revision, etag, reception },
    },
    recent,
    isRecentBinary,
  };
}

/** Whether something is damaged that a compaction writes again. */
function isToBeRewritten(stored: StoredSession): boolean {
  return !stored.isWhole || isRewritten(stored);
}

/** Whether a field is damaged that a compaction writes. */
function isRewritten({ damage }: StoredSession): boolean {
  return REWRITTEN.some((field) => damage.includes(field));
}

/** Names are as their frames say: that of the field may be damaged. */
function recentAfter(
  recent: RecentUpdate[],
  folded: { frame: StoredFrame; state: SessionState }[],
): RecentUpdate[] {
  const updates = folded.flatMap(({ frame: { kind, name, revision, etag }, state }) => {
    const updateId = state.updates.at(-1)?.stamp?.updateId || name;
    return kind === 'delta' ? [{ updateId, revision, etag }] : [];
  });
  return [...recent, ...updates].slice(-RECENT_UPDATES);
}
