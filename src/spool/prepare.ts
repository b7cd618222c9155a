// Creates the ring of a spool, before the process has its permissions: afterwards files and
// directories cannot be synced. That the whole ring is written also shows a full disk now, and not
// when the spool is needed.

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { lockDirectory } from './exclusive-lock.ts';
import {
  findRingFiles,
  type RingFiles,
  SEGMENT_BYTES,
  segmentCount,
  segmentPaths,
} from './ring-files.ts';
import { RING_ID_BYTES } from './segment-layout.ts';
import { SpoolUnavailable } from './spool.ts';

/** Makes sure that an existing directory has a ring of this size, and that it can be written. A ring
 * that is too small grows; one that is too large shrinks when it is opened. What is in it is kept.
 * Throws SpoolUnavailable, with a reason for the operator. */
export function prepareSpool(
  directory: string,
  maxBytes: number,
  { segmentBytes = SEGMENT_BYTES }: { segmentBytes?: number } = {},
): void {
  try {
    const found = findRingFiles(directory);
    const [first] = found.segments;
    if (first !== undefined) closeSync(openSync(first.path, 'r+'));
    if (missing(found).length === 0 && found.unfinished.length === 0) return;
    const lock = lockDirectory(directory);
    try {
      // Another process may have changed something before the lock was taken.
      const { ringId = randomBytes(RING_ID_BYTES), ...files } = findRingFiles(directory);
      for (const path of files.unfinished) rmSync(path);
      createSegments(directory, ringId, missing(files));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof SpoolUnavailable) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? `the disk has no room for its ${maxBytes} bytes`
        : message;
    throw new SpoolUnavailable(`${directory} cannot be used: ${reason}`, { cause: error });
  }

  /** The indexes of the segments that have to be created. A file that was cut off is replaced, and
   * kept for what is still in it. */
  function missing({ segments }: Pick<RingFiles, 'segments'>): number[] {
    const whole = segments.filter(({ bytes }) => bytes === segmentBytes).length;
    const first = (segments.at(-1)?.index ?? -1) + 1;
    const count = Math.max(0, segmentCount(maxBytes, segmentBytes) - whole);
    return Array.from({ length: count }, (_, place) => first + place);
  }

  function createSegments(folder: string, ringId: Buffer, indexes: readonly number[]): void {
    const paths = indexes.map((index) => segmentPaths(folder, ringId, index));
    try {
      for (const { path, unfinished } of paths) {
        writeZeros(unfinished, segmentBytes);
        renameSync(unfinished, path);
      }
      syncDirectory(folder);
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
