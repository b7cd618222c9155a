import type { Sizes } from '../../store/session-store.ts';

/** Deltas of less than this are not worth a snapshot. */
const LEAST_DELTA_BYTES = 4 * 1024;

/** Whether a session is to be compacted after an append, by its sizes after it: each time that its
 * deltas cross a multiple of the threshold. So a compaction that was aborted is made when the next
 * multiple is crossed. `npm run bench:rules` compares this rule with others. */
export function isCompactionDue(
  { snapshotBytes, deltaBytes, appendedBytes }: Sizes & { appendedBytes: number },
  { sessionMaxBytes }: { sessionMaxBytes: number },
): boolean {
  const threshold = thresholdOf(snapshotBytes, sessionMaxBytes);
  return Math.floor(deltaBytes / threshold) > Math.floor((deltaBytes - appendedBytes) / threshold);
}

/** How many bytes of deltas trigger a compaction: as many as are to be rewritten, so that the cost
 * stays proportional, but not so many that a large session is full first and its next update waits
 * for the compaction. */
function thresholdOf(snapshotBytes: number, sessionMaxBytes: number): number {
  const halfTheRoom = (sessionMaxBytes - snapshotBytes) / 2;
  return Math.max(LEAST_DELTA_BYTES, Math.min(snapshotBytes, halfTheRoom));
}
