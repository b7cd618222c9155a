// The snapshot of a session, and how much of it remembers removed keys. A caller's limit counts
// what the caller can see, so removals never keep an update out: where both do not fit, removals
// are forgotten, the oldest first.

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { SessionState } from '../../gen/cognigy/session/v1/session_state_pb.ts';
import { fold } from '../../session/fold.ts';
import { SECOND_FORMAT, type WriteFormat } from '../../session/format.ts';
import { encodeFrame } from '../../session/frame.ts';
import { REMOVAL_MAX_AGE_SECONDS, REMOVALS_SHARE } from '../../session/limits.ts';
import { compressedState } from '../../session/sealed-content.ts';
import { STORED_HEAD_BYTES } from '../../store/stored-head.ts';

/** How a snapshot is written. */
export type SnapshotOptions = {
  sessionMaxBytes: number;
  /** Bytes to leave free, if forgetting removals can do that. */
  roomForBytes: number;
  writeFormat: WriteFormat;
};

/** Most bytes of a snapshot that remember removed keys. */
export function removalsMaxBytesOf(sessionMaxBytes: number): number {
  return Math.floor(sessionMaxBytes * REMOVALS_SHARE);
}

/** What the session holds, in stored bytes, as its caller sees it: without the removed keys that
 * are remembered. */
export function visibleBytes(sessionId: string, states: readonly SessionState[]): number {
  return STORED_HEAD_BYTES + encodeFrame(fold(sessionId, states, { removalsMaxBytes: 0 })).length;
}

/** The snapshot of these states at `nowMs` (unix). */
export function snapshotFrame(
  sessionId: string,
  states: readonly SessionState[],
  { nowMs, sessionMaxBytes, roomForBytes, writeFormat }: SnapshotOptions & { nowMs: number },
): Uint8Array {
  const forgetRemovalsBefore = timestampFromMs(nowMs - REMOVAL_MAX_AGE_SECONDS * 1000);
  // The limit on a session counts stored bytes. A session beyond half of it is not compressed, so
  // that its size when it is read stays near the limit, too.
  const expandedMaxBytes = sessionMaxBytes / 2;
  const frameWith = (removalsMaxBytes: number) => {
    const state = fold(sessionId, states, { forgetRemovalsBefore, removalsMaxBytes });
    return encodeFrame(
      writeFormat >= SECOND_FORMAT ? compressedState(state, { expandedMaxBytes }) : state,
    );
  };

  const share = removalsMaxBytesOf(sessionMaxBytes);
  const frame = frameWith(share);
  const leftBytes = (taken: Uint8Array) =>
    sessionMaxBytes - roomForBytes - STORED_HEAD_BYTES - taken.length;
  if (leftBytes(frame) >= 0) return frame;
  const without = frameWith(0);
  // Forgetting everything would not be enough, so nothing is gained by it.
  if (leftBytes(without) < 0) return frame;
  return frameWith(Math.min(share, leftBytes(without)));
}
