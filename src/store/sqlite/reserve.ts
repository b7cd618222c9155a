// Room for a full disk. Erasing needs some too: what it overwrites goes into the log first, and the
// log then into the file. So a file beside the database holds bytes that nobody needs, and gives
// them back when the disk is full. While it is empty only what makes room may write; else updates
// would take these bytes as well.

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

/** Of a small disk no more than this share is held back. */
const SHARE_OF_DISK = 1 / 8;
const CHUNK_BYTES = 65_536;
/** With less free than this, or than a quarter of what the log may grow to, the next update may
 * not fit. */
const FREE_LEAST_BYTES = 1_048_576;
/** Held back also where the rest is released: opening the database takes a little, and others may
 * fill the disk. */
const RESTART_BYTES = 131_072;

export type Reserve = {
  /** Bytes that the log may grow to before they are moved into the file, so that the reserve
   * suffices for both. */
  logMaxBytes: number;
  /** Whether the bytes are held back. */
  isHeld(): boolean;
  /** Whether the disk has room for an update beside the reserve, as far as the system tells. */
  hasRoomBeside(): boolean;
  /** Gives the bytes back to the disk, but for those that a restart needs. */
  release(): void;
  /** Gives those back as well. */
  releaseForRestart(): void;
  /** Holds them back again, if the disk has room for them and for the log. Bytes that are free
   * within the database count for the log, which then makes it no larger. */
  take(freeInDatabaseBytes: number): void;
};

/** Looks at the reserve of a database. Nothing is held back that was not before; `wantedBytes` 0:
 * nothing ever. */
export function openReserve(databasePath: string, wantedBytes: number): Reserve {
  const path = `${databasePath}-reserve`;
  const folder = dirname(databasePath);
  const bytes = Math.floor(Math.min(wantedBytes, diskOf(folder).totalBytes * SHARE_OF_DISK));
  const logMaxBytes = Math.floor(bytes / 2);
  const leastBytes = bytes - logMaxBytes;
  let isReleased = sizeOf(path) < leastBytes;

  return {
    logMaxBytes,
    // Another process on the same file may have released it.
    isHeld: () => !isReleased && sizeOf(path) >= leastBytes,
    hasRoomBeside: () => diskOf(folder).freeBytes >= Math.min(FREE_LEAST_BYTES, logMaxBytes / 4),
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
    // Not written in vain, as often as somebody asks. A quota may allow less than the disk has.
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

/** Grows a file as far as the disk allows; answers its size. Random bytes: others may be
 * compressed away. */
function grow(file: number, wantedBytes: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let size = fstatSync(file).size;
  try {
    while (size < wantedBytes) size += writeSync(file, randomFillSync(chunk), 0, CHUNK_BYTES, size);
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
