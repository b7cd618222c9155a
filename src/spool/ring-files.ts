// The names of a spool's files: `<ring id>-<index>.segment`; `.making` instead while one is created.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolUnavailable } from './spool.ts';

/** Size of a segment. A row is at most as large. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;

/** One segment is written, one is kept free to move rows into, and two hold rows. */
export const SEGMENTS_MIN = 4;

const SEGMENT_NAME = /^([0-9a-f]{16})-(\d{5})\.segment$/;
const UNFINISHED_NAME = /^[0-9a-f]{16}-\d{5}\.making$/;
const INDEX_DIGITS = 5;

export type SegmentFile = { path: string; index: number; bytes: number };

export type RingFiles = {
  /** Undefined: there is no segment yet. */
  ringId: Buffer | undefined;
  /** In the order of their indexes. */
  segments: SegmentFile[];
  /** Paths of segments whose creation was interrupted. */
  unfinished: string[];
};

/** Finds the files of a spool. Throws SpoolUnavailable if there are those of two. */
export function findRingFiles(directory: string): RingFiles {
  const names = readdirSync(directory).sort();
  const found = names.flatMap((name) => {
    const match = SEGMENT_NAME.exec(name);
    return match === null ? [] : [{ name, ringId: match[1] ?? '', index: Number(match[2]) }];
  });
  const ids = new Set(found.map(({ ringId }) => ringId));
  if (ids.size > 1)
    throw new SpoolUnavailable(
      `${directory} has the segments of ${ids.size} spools; move those of one elsewhere`,
    );
  const [id] = ids;
  return {
    ringId: id === undefined ? undefined : Buffer.from(id, 'hex'),
    segments: found.map(({ name, index }) => {
      const path = join(directory, name);
      return { path, index, bytes: statSync(path).size };
    }),
    unfinished: names.filter((name) => UNFINISHED_NAME.test(name)).map((n) => join(directory, n)),
  };
}

/** The paths of a segment: as it is used, and while it is created. */
export function segmentPaths(
  directory: string,
  ringId: Buffer,
  index: number,
): { path: string; unfinished: string } {
  const name = `${ringId.toString('hex')}-${String(index).padStart(INDEX_DIGITS, '0')}`;
  return {
    path: join(directory, `${name}.segment`),
    unfinished: join(directory, `${name}.making`),
  };
}

/** How many segments a ring has that may take so many bytes on disk. */
export function segmentCount(maxBytes: number, segmentBytes: number): number {
  return Math.max(SEGMENTS_MIN, Math.floor(maxBytes / segmentBytes));
}
