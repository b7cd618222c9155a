import type { ServiceObserver } from '../parts.ts';
import type { ReadSession } from './read-session.ts';

/** Tells the observer of a session that was read, and of each of its frames that could not be. */
export function observeRead(
  observer: ServiceObserver,
  { state, outcome, frames }: ReadSession,
): void {
  const { sessionId } = state;
  const sessionBytes = frames.reduce((bytes, { stored }) => bytes + stored.bytes.length, 0);
  observer.sessionRead({ sessionId, outcome, frames: frames.length, sessionBytes });
  for (const { stored, read } of frames) {
    if (read.verdict !== 'sound')
      observer.frameUnsound({ sessionId, name: stored.name, verdict: read.verdict });
  }
}
