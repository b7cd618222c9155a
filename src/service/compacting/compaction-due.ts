import type { Sizes } from '../../store/session-store.ts';

/** Deltas of less than this are not worth a snapshot while updates come: then the next one would
 * be due soon. */
const LEAST_DELTA_BYTES = 16 * 1024;
/** Deltas of less than this are not worth one when no more come: the session is kept until it
 * expires, but the frames take little more than their snapshot would. */
const LEAST_IDLE_DELTA_BYTES = 4 * 1024;

type Limits = { sessionMaxBytes: number };

/** Whether a session is to be compacted after an append, by its sizes after it: each time that its
 * deltas cross a multiple of the threshold. So a compaction that was aborted is made when the next
 * multiple is crossed. `npm run bench:rules` compares this rule with others. */
export function isCompactionDue(
  { snapshotBytes, deltaBytes, appendedBytes }: Sizes & { appendedBytes: number },
  limits: Limits,
): boolean {
  const threshold = Math.max(LEAST_DELTA_BYTES, worthwhileBytes(snapshotBytes, limits));
  return Math.floor(deltaBytes / threshold) > Math.floor((deltaBytes - appendedBytes) / threshold);
}

/** Whether a session is to be compacted if it takes no more updates. */
export function isCompactionDueWhenIdle(
  { snapshotBytes, deltaBytes }: Sizes,
  limits: Limits,
): boolean {
  return deltaBytes >= Math.max(LEAST_IDLE_DELTA_BYTES, worthwhileBytes(snapshotBytes, limits));
}

/** As many bytes of deltas as are to be rewritten, so that the cost stays proportional, but not so
 * many that a large session is full first and its next update waits for the compaction. */
function worthwhileBytes(snapshotBytes: number, { sessionMaxBytes }: Limits): number {
  const halfTheRoom = (sessionMaxBytes - snapshotBytes) / 2;
  return Math.min(snapshotBytes, halfTheRoom);
}
