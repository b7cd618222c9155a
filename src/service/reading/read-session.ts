// From a session's id to its state: read its frames, verify each, fold the intact ones, say how
// much that is of the whole. At an earlier revision, the same with the frames up to it.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../session/fold.ts';
import { type FrameVerdict, type ReadFrame, readStoredFrame } from '../../session/frame.ts';
import type {
  DamagedField,
  SessionStore,
  StoredFrame,
  StoredSession,
} from '../../store/session-store.ts';
import type { ServiceObserver } from '../parts.ts';
import type { Outcome } from '../session-service.ts';
import { viewAt } from './view-at.ts';

/** A stored frame and what it says. */
export type VerifiedFrame = { stored: StoredFrame; read: ReadFrame };

/** An update in this process's spool. */
export type SpooledUpdate = { updateId: string; bytes: Uint8Array; state: SessionState };

/** A spooled update whose session or user was erased, at an instant of the store's clock (unix ms). */
export type ErasedUpdate = SpooledUpdate & { erased: 'session' | 'user'; erasedAtMs: number };

/** A stored session and what its frames say. */
export type ReadSession = {
  stored: StoredSession;
  frames: VerifiedFrame[];
  /** The fold of the intact frames; empty if there are none. */
  state: SessionState;
  outcome: Outcome;
  /** Of the state: the session's, or those of the earlier revision that was asked for. */
  revision: number;
  etag: string;
  /** How many updates in the state are not stored yet, but wait in this process's spool. */
  spooledUpdates?: number;
  /** These updates, in the order of their receipt. */
  spooled?: readonly SpooledUpdate[];
  /** Others in that spool, which the replay will drop. */
  erasedSpooled?: readonly ErasedUpdate[];
};

/** Reads a session, verifies and folds it; undefined if there is none. Refuses a `revision` as
 * `viewAt` does. */
export function loadSession(
  store: Pick<SessionStore, 'read'>,
  sessionId: string,
  revision = 0,
): Promise<ReadSession | undefined> {
  return store.read(sessionId).then((stored) => stored && readSession(sessionId, stored, revision));
}

/** Verifies and folds a stored session: damage shows in `outcome`. Refuses a `revision` as
 * `viewAt` does. */
export function readSession(
  sessionId: string,
  stored: StoredSession,
  revision: number,
): ReadSession {
  const { leftOut, frames: viewed, ...position } = viewAt(stored, revision);
  const frames = verifyFrames(sessionId, viewed);
  const states = frames.flatMap(({ read }) => (read.verdict === 'sound' ? [read.state] : []));
  const isComplete = !isFrameMissing(stored) && stored.quarantined === 0 && leftOut === 0;
  const outcome = outcomeOf(states.length, isComplete && states.length === frames.length);
  return { stored, frames, state: fold(sessionId, states), outcome, ...position };
}

/** Verifies frames found under a session's key. Never refuses: damage is a verdict. */
export function verifyFrames(sessionId: string, frames: readonly StoredFrame[]): VerifiedFrame[] {
  return frames.map((stored) => ({ stored, read: readStoredFrame(stored, sessionId) }));
}

/** Whether a frame's bytes are wrong, so that nobody can read it. One of a newer format, one that
 * is encrypted, or one that is intact and cannot be decoded, may mean something to another
 * sidecar, or to this one with another key. */
export function isBeyondReading(verdict: FrameVerdict): boolean {
  switch (verdict) {
    case 'bad_length':
    case 'bad_digest':
    case 'wrong_session':
      return true;
    case 'sound':
    case 'newer_format':
    case 'undecodable':
    case 'sealed':
      return false;
  }
}

/** The frames that are to be quarantined. */
export function damagedFrames(frames: readonly VerifiedFrame[]): StoredFrame[] {
  return frames.filter(({ read }) => isBeyondReading(read.verdict)).map(({ stored }) => stored);
}

/** Whether there are fewer updates than the revision says. One under a wrong revision or name is
 * not missing: the state needs neither. */
export function isFrameMissing({ isWhole, revision, frames }: StoredSession): boolean {
  if (isWhole) return false;
  const snapshots = frames.filter(({ kind }) => kind === 'snapshot');
  const merged = Math.max(0, ...snapshots.map((snapshot) => snapshot.revision));
  // A damaged head gives revision 0.
  const isUnmerged = (frame: StoredFrame) => frame.revision === 0 || frame.revision > merged;
  const deltas = frames.filter((frame) => frame.kind === 'delta' && isUnmerged(frame));
  return deltas.length < revision - merged;
}

/** Reports a session that was read for a caller, each of its frames that could not be used, and
 * the damage to other fields. `otherDamage`: that of fields that are not the session's own, where
 * those were read too. */
export function reportRead(
  observer: ServiceObserver,
  { state, stored, outcome, frames }: ReadSession,
  otherDamage: readonly DamagedField[] = [],
): void {
  const { sessionId } = state;
  const sessionBytes = frames.reduce((bytes, { stored }) => bytes + stored.bytes.length, 0);
  observer.sessionRead({ sessionId, outcome, frames: frames.length, sessionBytes });
  const { isWhole } = stored;
  const fields = [...stored.damage, ...otherDamage];
  if (fields.length > 0 || !isWhole) observer.metadataDamaged({ sessionId, fields, isWhole });
  for (const { stored: frame, read } of frames) {
    if (read.verdict !== 'sound')
      observer.frameUnusable({ sessionId, name: frame.name, verdict: read.verdict });
  }
}

function outcomeOf(intact: number, isWhole: boolean): Outcome {
  if (intact === 0) return 'fallback';
  return isWhole ? 'intact' : 'recovered';
}
