// Room for a full disk. Erasing needs some too: pages that it overwrites are written to the log
// first, and then from the log to the file. So a file next to the database occupies bytes that are
// not used, and is truncated when the disk is full. While it is truncated only operations that free
// room may write; otherwise updates would use up these bytes as well.

import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The largest share of a small disk that is reserved. */
const SHARE_OF_DISK = 1 / 8;
const CHUNK_BYTES = 65_536;
/** With less free than this, or than a quarter of the log's limit, the next update may not fit. */
const FREE_LEAST_BYTES = 1_048_576;
/** Kept when the rest is released: opening the database needs some bytes, and other programs may fill
 * the disk. */
const RESTART_BYTES = 131_072;

export type Reserve = {
  /** The limit of the log in bytes, after which it is moved into the file: so the reserve suffices
   * for both. */
  logMaxBytes: number;
  /** Whether the bytes are reserved. */
  isHeld(): boolean;
  /** Whether the disk has room for an update in addition to the reserve, as far as the system
   * reports. */
  hasRoomForUpdate(): boolean;
  /** Returns the bytes to the disk, except for those that a restart needs. */
  release(): void;
  /** Returns those as well. */
  releaseForRestart(): void;
  /** Reserves the bytes again, if the disk has room for them and for the log. Bytes that are free
   * within the database count for the log, since the database then does not grow. */
  take(freeInDatabaseBytes: number): void;
};

/** Reads the state of a database's reserve, without reserving anything. `maxBytes` 0: there is no
 * reserve. */
export function openReserve(databasePath: string, maxBytes: number): Reserve {
  const path = `${databasePath}-reserve`;
  const folder = dirname(databasePath);
  const bytes = Math.floor(Math.min(maxBytes, diskOf(folder).totalBytes * SHARE_OF_DISK));
  const logMaxBytes = Math.floor(bytes / 2);
  const leastBytes = bytes - logMaxBytes;
  let isReleased = sizeOf(path) < leastBytes;

  return {
    logMaxBytes,
    // Another process on the same file may have released it.
    isHeld: () => !isReleased && sizeOf(path) >= leastBytes,
    hasRoomForUpdate: () => diskOf(folder).freeBytes >= Math.min(FREE_LEAST_BYTES, logMaxBytes / 4),
    release: () => shrink(RESTART_BYTES),
    releaseForRestart: () => shrink(0),
    take(freeInDatabaseBytes) {
      isReleased = bytes > 0 && !withFile(path, (file) => hold(file, freeInDatabaseBytes));
    },
  };

  function shrink(leftBytes: number): void {
    isReleased = true;
    if (sizeOf(path) > leftBytes) withFile(path, (file) => ftruncateSync(file, leftBytes));
  }

  function hold(file: number, freeInDatabaseBytes: number): boolean {
    const withLogBytes = bytes + logMaxBytes;
    const neededBytes = freeInDatabaseBytes >= logMaxBytes ? bytes : withLogBytes;
    // Nothing is written in vain at each ping. A quota may allow less than the disk has.
    const possibleBytes = fstatSync(file).size + diskOf(folder).freeBytes;
    const reachedBytes = grow(file, possibleBytes < neededBytes ? RESTART_BYTES : withLogBytes);
    const isAmple = reachedBytes >= withLogBytes;
    const isEnough = reachedBytes >= neededBytes;
    ftruncateSync(
      file,
      isAmple ? bytes : isEnough ? leastBytes : Math.min(reachedBytes, RESTART_BYTES),
    );
    return isEnough;
  }
}

/** Grows a file to `targetBytes`, or as far as the disk allows; answers its size. Random bytes: a
 * file system may compress others. */
function grow(file: number, targetBytes: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let size = fstatSync(file).size;
  try {
    while (size < targetBytes) size += writeSync(file, randomFillSync(chunk), 0, CHUNK_BYTES, size);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT'].includes(code)) throw error;
  }
  return size;
}

function withFile<Result>(path: string, use: (file: number) => Result): Result {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function diskOf(folder: string): { totalBytes: number; freeBytes: number } {
  const { blocks, bavail, bsize } = statfsSync(folder);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
