// Creates the ring of a spool, before the process has its permissions: afterwards files and
// directories cannot be synced. That the whole ring is written also shows a full disk now, and not
// when the spool is needed.

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { lockDirectory } from './exclusive-lock.ts';
import {
  findRingFiles,
  SEGMENT_BYTES,
  type SegmentFile,
  segmentCount,
  segmentPaths,
} from './ring-files.ts';
import { RING_ID_BYTES } from './segment-layout.ts';
import { SpoolUnavailable } from './spool.ts';

/** Makes sure that an existing directory has a ring of this size, that it can be written, and that no
 * other process uses it. A ring that is too small grows; one that is too large shrinks when it is
 * opened. What is in it is kept. Throws SpoolUnavailable, with a reason for the operator. */
export function prepareSpool(
  directory: string,
  maxBytes: number,
  { segmentBytes = SEGMENT_BYTES }: { segmentBytes?: number } = {},
): void {
  let lock: { release(): void } | undefined;
  try {
    // Its reason is clearer than that of a lock that cannot be created.
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    lock = lockDirectory(directory);
    const { ringId = randomBytes(RING_ID_BYTES), segments, unfinished } = findRingFiles(directory);
    for (const { path } of segments) closeSync(openSync(path, 'r+'));
    for (const path of unfinished) rmSync(path);
    createSegments(ringId, missing(segments));
  } catch (error) {
    if (error instanceof SpoolUnavailable) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? `${directory} is on a disk without room for ${maxBytes} bytes`
        : message;
    throw new SpoolUnavailable(reason, { cause: error });
  } finally {
    lock?.release();
  }

  /** The indexes of the segments that have to be created. A file that was cut off is replaced, and
   * kept for what is still in it. */
  function missing(segments: readonly SegmentFile[]): number[] {
    const whole = segments.filter(({ bytes }) => bytes === segmentBytes).length;
    const first = (segments.at(-1)?.index ?? -1) + 1;
    const count = Math.max(0, segmentCount(maxBytes, segmentBytes) - whole);
    return Array.from({ length: count }, (_, place) => first + place);
  }

  function createSegments(ringId: Buffer, indexes: readonly number[]): void {
    if (indexes.length === 0) return;
    const paths = indexes.map((index) => segmentPaths(directory, ringId, index));
    try {
      for (const { path, unfinished } of paths) {
        writeZeros(unfinished, segmentBytes);
        renameSync(unfinished, path);
      }
      syncDirectory(directory);
    } catch (error) {
      // A disk that is full is not left full.
      for (const path of paths.flatMap((each) => [each.path, each.unfinished]))
        rmSync(path, { force: true });
      throw error;
    }
  }
}

function writeZeros(path: string, bytes: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const zeros = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; ) at += writeSync(file, zeros, at, bytes - at, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
