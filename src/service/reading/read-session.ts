// From a session's id to its state: read its frames, verify each, fold the sound ones, say how much
// that is of the whole. At an earlier revision, the same with the frames up to it.

import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../session/fold.ts';
import { type FrameVerdict, type ReadFrame, readFrame } from '../../session/frame.ts';
import type { StoredFrame, StoredSession } from '../../store/session-store.ts';
import type { ServiceParts } from '../parts.ts';
import type { Outcome, Receipt } from '../session-service.ts';
import { untilDeadline } from '../until-deadline.ts';
import { viewAt } from './view-at.ts';

/** A stored frame with what it says. */
export type VerifiedFrame = { stored: StoredFrame; read: ReadFrame };

/** A stored session with what its frames say. */
export type ReadSession = {
  stored: StoredSession;
  frames: VerifiedFrame[];
  /** The fold of the sound frames; empty if there are none. */
  state: SessionState;
  outcome: Outcome;
  /** Of the state: the session's, or those of the earlier revision that was asked for. */
  revision: number;
  etag: string;
};

/** Reads a session within a request's deadline, verifies and folds it; undefined if there is
 * none. Refuses a `revision` as `viewAt` does. */
export async function loadSession(
  { store, patience }: Pick<ServiceParts, 'store' | 'patience'>,
  { receipt, sessionId, revision = 0 }: { receipt: Receipt; sessionId: string; revision?: number },
): Promise<ReadSession | undefined> {
  const stored = await untilDeadline(() => store.read(sessionId), { receipt, patience });
  return stored && readSession(sessionId, stored, revision);
}

/** Verifies and folds a stored session: damage shows in `outcome`. Refuses a `revision` as
 * `viewAt` does. */
export function readSession(
  sessionId: string,
  stored: StoredSession,
  revision: number,
): ReadSession {
  const view = viewAt(stored, revision);
  const frames = verifyFrames(sessionId, view.frames);
  const states = frames.flatMap(({ read }) => (read.verdict === 'sound' ? [read.state] : []));
  const isWhole = stored.quarantined === 0 && view.leftOut === 0 && states.length === frames.length;
  const { revision: viewed, etag } = view;
  const state = fold(sessionId, states);
  return {
    stored,
    frames,
    state,
    outcome: outcomeOf(states.length, isWhole),
    revision: viewed,
    etag,
  };
}

/** Verifies frames found under a session's key. Never refuses: damage is a verdict. */
export function verifyFrames(sessionId: string, frames: readonly StoredFrame[]): VerifiedFrame[] {
  return frames.map((stored) => ({ stored, read: readFrame(stored.bytes, sessionId) }));
}

/** Whether a frame's bytes are wrong, so that nobody can read it. One of a newer format, one that
 * is encrypted, or one that is sound and cannot be decoded, may mean something to another
 * sidecar. */
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

function outcomeOf(sound: number, isWhole: boolean): Outcome {
  if (sound === 0) return 'fallback';
  return isWhole ? 'intact' : 'recovered';
}
