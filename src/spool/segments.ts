// Which rows that are not done are where, and which segments can be used again.

import { markDone, rowBytes } from './segment-layout.ts';

export type Segment = {
  path: string;
  generation: number;
  /** Marks of the rows that are done. */
  bits: Buffer;
  /** Its rows that are not done, and the bytes that they take. */
  rows: Map<number, Place>;
  liveBytes: number;
  /** Not to be opened again: it was cut off, or the ring has become smaller. */
  isRetired: boolean;
  /** When the disk last failed on it, by the monotonic clock. */
  failedAtMs: number | undefined;
  /** Its rows could not be moved: they are not what was written. */
  isUnreadable: boolean;
};

/** Where a row is. */
export type Place = { at: number; bytes: number };

export type Segments = ReturnType<typeof createSegments>;

/** Keeps account of all segments of a ring. */
export function createSegments(all: readonly Segment[]) {
  const segmentOf = new Map<number, Segment>();
  for (const segment of all)
    for (const number of segment.rows.keys()) segmentOf.set(number, segment);
  let liveBytes = all.reduce((sum, segment) => sum + segment.liveBytes, 0);
  const changed = new Set<Segment>();

  function remove(number: number): { segment: Segment; at: number } | undefined {
    const segment = segmentOf.get(number);
    const place = segment?.rows.get(number);
    if (segment === undefined || place === undefined) return undefined;
    segmentOf.delete(number);
    segment.rows.delete(number);
    segment.liveBytes -= place.bytes;
    liveBytes -= place.bytes;
    return { segment, at: place.at };
  }

  /** Marks a row that may be on disk and is not needed. */
  function mark(segment: Segment, at: number): void {
    markDone(segment.bits, at);
    changed.add(segment);
  }

  function inUse(): Segment[] {
    return all.filter(({ isRetired }) => !isRetired);
  }

  return {
    /** A row that is on disk. If it was in another segment, it has been moved. */
    put(number: number, segment: Segment, place: Place): void {
      remove(number);
      segmentOf.set(number, segment);
      segment.rows.set(number, place);
      segment.liveBytes += place.bytes;
      liveBytes += place.bytes;
    },
    has: (number: number) => segmentOf.has(number),
    /** Marks a row as done. */
    done(number: number): void {
      const removed = remove(number);
      if (removed !== undefined) mark(removed.segment, removed.at);
    },
    mark,
    /** The segments whose marks have changed and are not written yet. */
    changed,
    usage: () => ({ rows: segmentOf.size, bytes: liveBytes }),
    /** Segments that can be opened: none of their rows is needed. */
    free: () => inUse().filter(({ rows }) => rows.size === 0),
    /** The segment from which the fewest bytes have to be moved so that it becomes free. */
    sparsest: () =>
      inUse()
        .filter(({ rows, isUnreadable }) => rows.size > 0 && !isUnreadable)
        .sort((one, other) => one.liveBytes - other.liveBytes)[0],
  };
}

/** The place of a row that begins here. */
export function placeOf(at: number, payloadBytes: number): Place {
  return { at, bytes: rowBytes(payloadBytes) };
}
