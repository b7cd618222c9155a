// Follows a session by Watch, through interruptions: after each of them it continues from the last
// position that was seen.

import { Failure } from './failure.ts';
import type { WatchEvent } from './messages.ts';
import { watch } from './rpc.ts';

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 10_000;
/** What may be different the next time. */
const PASSING = ['unreachable', 'unavailable', 'deadline_exceeded', 'resource_exhausted'];

export type Follower = {
  event(event: WatchEvent): void;
  /** It is interrupted, and tries again by itself. */
  interrupted(error: Failure): void;
  /** It has ended. */
  failed(error: unknown): void;
};

/** Follows a session from a position on; call the function that it returns to stop. */
export function follow(
  sessionId: string,
  from: { revision: number; etag: string },
  follower: Follower,
): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  run().catch((error) => {
    if (!signal.aborted) follower.failed(error);
  });
  return () => stopping.abort();

  async function run(): Promise<void> {
    let position = from;
    let pauseMs = PAUSE_MIN_MS;
    for (;;) {
      try {
        for await (const event of watch({ sessionId, resumeFrom: [position] }, signal)) {
          pauseMs = PAUSE_MIN_MS;
          const { revision, etag } = event.update ?? event.reset ?? {};
          if (revision && etag) position = { revision, etag };
          follower.event(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Failure) || !PASSING.includes(error.code)) throw error;
        follower.interrupted(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (signal.aborted) return;
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }
}
