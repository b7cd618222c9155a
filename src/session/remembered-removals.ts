// Which removed keys a folded state remembers. A removal must be remembered with its stamp, since
// an older update may arrive later and must not bring the key back. But callers do not see
// removals, so they must not take the space of what callers store. Therefore a snapshot forgets old
// removals, and if the rest exceeds its limit, the oldest of the rest.
//
// What is kept depends on the removals alone, not on the order or grouping in which they arrived:
// the newest ones, up to the allowed number of bytes. So however often a state is folded, a removal
// is kept as long as it and all later removals of the session fit.

import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type { SessionState, Update } from '../gen/cognigy/session/v1/session_state_pb.ts';
import { compareStamps, compareTimestamps } from './stamp.ts';

/** A removed key, and the update that removed it. */
export type Removal = { update: Update; part: 'removedVariables' | 'removedContext'; key: string };

/** Which removals a fold forgets; without any limit it keeps all. */
export type RemovalLimits = {
  /** Those received before this. */
  forgetRemovalsBefore?: Timestamp;
  /** The oldest of those that take more bytes than this in a frame. */
  removalsMaxBytes?: number;
};

/** Largest size of a removed key in a frame in addition to its own bytes, and of an update's
 * stamp. */
const KEY_OVERHEAD_BYTES = 4;
const STAMP_BYTES = 80;

/** The removals to keep, in the order in which they are given. */
export function keepRemovals<R extends Removal>(
  removals: readonly R[],
  limits: RemovalLimits,
): readonly R[] {
  const { forgetRemovalsBefore: before, removalsMaxBytes: maxBytes } = limits;
  const young = before
    ? removals.filter(({ update }) => compareTimestamps(update.stamp?.received, before) >= 0)
    : removals;
  if (maxBytes === undefined) return young;
  const kept = newestWithin(young, maxBytes);
  return young.filter((removal) => kept.has(removal));
}

/** How many removed keys a state remembers. */
export function countRemovals({ updates }: SessionState): { variables: number; context: number } {
  const count = (part: Removal['part']) =>
    updates.reduce((sum, update) => sum + update[part].length, 0);
  return { variables: count('removedVariables'), context: count('removedContext') };
}

function newestWithin<R extends Removal>(removals: readonly R[], maxBytes: number): Set<R> {
  const kept = new Set<R>();
  let bytes = 0;
  let last: Update | undefined;
  for (const removal of removals.toSorted(newestFirst)) {
    const isSameUpdate =
      last !== undefined && compareStamps(last.stamp, removal.update.stamp) === 0;
    bytes += Buffer.byteLength(removal.key) + KEY_OVERHEAD_BYTES + (isSameUpdate ? 0 : STAMP_BYTES);
    if (bytes > maxBytes) break;
    kept.add(removal);
    last = removal.update;
  }
  return kept;
}

/** A total order, so that every reader keeps the same removals of one update. */
function newestFirst(a: Removal, b: Removal): number {
  return (
    compareStamps(b.update.stamp, a.update.stamp) ||
    compare(a.part, b.part) ||
    compare(a.key, b.key)
  );
}

function compare(a: string, b: string): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
