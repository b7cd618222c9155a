// From a session's id to its state: read its frames, verify each, fold the sound ones, say how much that is of
// the whole.

import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../session/fold.ts';
import { type ReadFrame, readFrame } from '../session/frame.ts';
import type { StoredFrame, StoredSession } from '../store/session-store.ts';
import type { ServiceParts } from './service-parts.ts';
import type { Outcome, Receipt } from './session-service.ts';
import { untilDeadline } from './until-deadline.ts';

/** A stored frame with what it says. */
export type VerifiedFrame = { stored: StoredFrame; read: ReadFrame };

/** A stored session with what its frames say. */
export type ReadSession = {
  stored: StoredSession;
  frames: VerifiedFrame[];
  /** The fold of the sound frames; empty if there are none. */
  state: SessionState;
  outcome: Outcome;
};

/** Reads a session within a request's deadline, verifies and folds it; undefined if there is none. */
export async function loadSession(
  { store, patience }: Pick<ServiceParts, 'store' | 'patience'>,
  { receipt, sessionId }: { receipt: Receipt; sessionId: string },
): Promise<ReadSession | undefined> {
  const stored = await untilDeadline(() => store.read(sessionId), { receipt, patience });
  return stored && readSession(sessionId, stored);
}

/** Verifies and folds a stored session. Never refuses: damage shows in `outcome`. */
function readSession(sessionId: string, stored: StoredSession): ReadSession {
  const frames = verifyFrames(sessionId, stored);
  const states = frames.flatMap(({ read }) => (read.verdict === 'sound' ? [read.state] : []));
  return { stored, frames, state: fold(sessionId, states), outcome: outcomeOf(frames.length, states.length) };
}

/** Verifies the frames of a stored session. Never refuses: damage is a verdict. */
export function verifyFrames(sessionId: string, { frames }: StoredSession): VerifiedFrame[] {
  return frames.map((stored) => ({ stored, read: readFrame(stored.bytes, sessionId) }));
}

function outcomeOf(frames: number, sound: number): Outcome {
  if (sound === 0) return 'fallback';
  return sound === frames ? 'intact' : 'recovered';
}
