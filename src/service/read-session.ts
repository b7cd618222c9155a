// From stored frames to a state: verify each, fold the sound ones, say how much that is of the whole.

import type { SessionState } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../session/fold.ts';
import { type ReadFrame, readFrame } from '../session/frame.ts';
import type { StoredFrame, StoredSession } from '../store/session-store.ts';
import type { Outcome } from './session-service.ts';

/** A stored session with what its frames say. */
export type ReadSession = {
  stored: StoredSession;
  frames: { stored: StoredFrame; read: ReadFrame }[];
  /** The fold of the sound frames; empty if there are none. */
  state: SessionState;
  outcome: Outcome;
};

/** Verifies and folds a stored session. Never refuses: damage shows in `outcome`. */
export function readSession(sessionId: string, stored: StoredSession): ReadSession {
  const frames = stored.frames.map((frame) => ({ stored: frame, read: readFrame(frame.bytes, sessionId) }));
  const states = frames.flatMap(({ read }) => (read.verdict === 'sound' ? [read.state] : []));
  return { stored, frames, state: fold(sessionId, states), outcome: outcomeOf(frames.length, states.length) };
}

function outcomeOf(frames: number, sound: number): Outcome {
  if (sound === 0) return 'fallback';
  return sound === frames ? 'intact' : 'recovered';
}
