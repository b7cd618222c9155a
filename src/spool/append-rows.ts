// Writes rows behind each other, into one segment after the other. Nothing is ever written behind a
// write that failed or was cut short: what is there is not known, so the next row goes into another
// segment. One operation at a time.
//
// One free segment is kept to move rows into. When it is the last one, the rows of the segment that
// needs the fewest bytes are moved there, and that segment becomes the free one. So a few rows that
// stay for long do not fill the ring.

import type { Disk, WritableFile } from './disk.ts';
import {
  encodeOpened,
  encodeRows,
  type Row,
  readRow,
  rowBytes,
  type SegmentLayout,
} from './segment-layout.ts';
import { type Place, placeOf, type Segment, type Segments } from './segments.ts';

/** How long a segment on which the disk failed is left alone. */
const REST_MS = 5_000;

/** A place in a segment where rows can be written. */
export type WritePosition = { segment: Segment; at: number; index: number };

export type RowAppender = {
  /** Makes sure that there is room for so many bytes of rows in the open segment. False: there is
   * none, or no segment could be opened. */
  makeRoom(bytes: number): Promise<boolean>;
  /** The bytes of rows that fit into the open segment. */
  room(): number;
  /** Writes rows into the open segment; resolves when they are on disk. Rejects if that is not
   * certain; then no segment is open. */
  append(rows: readonly Row[]): Promise<{ segment: Segment; places: Place[] }>;
  close(): Promise<void>;
};

export type RowAppenderOptions = {
  disk: Disk;
  segments: Segments;
  layout: SegmentLayout;
  ringId: Buffer;
  /** The newest generation. */
  generation: number;
  /** A number that is greater than those of all rows. */
  nextNumber: () => number;
  /** Where an earlier process ended. */
  from: WritePosition | undefined;
  nowMonotonicMs: () => number;
  onFailure: (error: Error) => void;
};

/** Creates what appends rows to these segments. */
export function createRowAppender(options: RowAppenderOptions): RowAppender {
  const { disk, segments, layout, ringId, nextNumber, nowMonotonicMs, onFailure } = options;
  let { generation, from: open } = options;
  let file: WritableFile | undefined;

  return { makeRoom, room, append, close };

  function room(): number {
    return open === undefined ? 0 : layout.rowsEnd - open.at;
  }

  async function makeRoom(bytes: number): Promise<boolean> {
    if (open !== undefined && room() >= bytes && (await reopen(open.segment))) return true;
    await close();
    const candidates = segments.free().filter(isRested);
    for (const [place, segment] of candidates.entries()) {
      const emptied = place === candidates.length - 1 ? segments.sparsest() : undefined;
      const needed = bytes + (emptied?.liveBytes ?? 0);
      if (layout.rowsAt + needed > layout.rowsEnd) return false;
      if (!(await openNext(segment))) continue;
      if (emptied !== undefined) await moveRows(emptied);
      if (room() >= bytes) return true;
    }
    return false;
  }

  function isRested({ failedAtMs }: Segment): boolean {
    return failedAtMs === undefined || nowMonotonicMs() - failedAtMs >= REST_MS;
  }

  /** Opens the segment in which an earlier process ended. */
  async function reopen(segment: Segment): Promise<boolean> {
    if (file !== undefined) return true;
    try {
      file = await disk.open(segment.path, { synced: true });
      return true;
    } catch (error) {
      await fail(segment, error as Error);
      return false;
    }
  }

  async function openNext(segment: Segment): Promise<boolean> {
    try {
      file = await disk.open(segment.path, { synced: true });
      generation += 1;
      await write(encodeOpened({ ringId, generation }, nextNumber()), layout.openedAt);
    } catch (error) {
      await fail(segment, error as Error);
      return false;
    }
    segment.generation = generation;
    segment.bits.fill(0);
    segments.changed.delete(segment);
    open = { segment, at: layout.rowsAt, index: 0 };
    return true;
  }

  async function append(rows: readonly Row[]) {
    if (open === undefined) throw new Error('no segment is open');
    const { segment, at, index } = open;
    let end = at;
    const places = rows.map(({ payload }) => {
      const place = placeOf(end, payload.length);
      end += place.bytes;
      return place;
    });
    try {
      await write(encodeRows(rows, { ringId, generation: segment.generation }, index), at);
    } catch (error) {
      // Nobody waits for these rows any more.
      for (const place of places) segments.mark(segment, place.at);
      await fail(segment, error as Error);
      throw error;
    }
    open = { segment, at: end, index: index + rows.length };
    return { segment, places };
  }

  async function write(bytes: Buffer, at: number): Promise<void> {
    const written = await file?.write(bytes, at);
    if (written !== bytes.length)
      throw new Error(`the disk took ${written} of ${bytes.length} bytes`);
  }

  async function fail(segment: Segment, error: Error): Promise<void> {
    segment.failedAtMs = nowMonotonicMs();
    onFailure(error);
    await close();
  }

  async function close(): Promise<void> {
    const closing = file;
    file = undefined;
    open = undefined;
    await closing?.close().catch(onFailure);
  }

  async function moveRows(from: Segment): Promise<void> {
    const rows = await readRows(from);
    if (rows.length === 0) return;
    // That it failed has been reported.
    const moved = await append(rows).catch(() => undefined);
    if (moved !== undefined) settle(rows, moved);
  }

  /** The rows of a segment; none if they are not what was written. */
  async function readRows(from: Segment): Promise<Row[]> {
    try {
      const bytes = await disk.read(from.path);
      return [...from.rows].map(([number, { at }]) => {
        const row = readRow(bytes, at, ringId);
        if (row?.number !== number || row.generation !== from.generation)
          throw new Error(`row ${number} of ${from.path} is damaged`);
        return row;
      });
    } catch (error) {
      from.isUnreadable = true;
      onFailure(error as Error);
      return [];
    }
  }

  function settle(
    rows: readonly Row[],
    { segment, places }: { segment: Segment; places: readonly Place[] },
  ): void {
    for (const [index, place] of places.entries()) {
      const number = rows[index]?.number ?? 0;
      // It may have been marked as done while it was moved.
      if (segments.has(number)) segments.put(number, segment, place);
      else segments.mark(segment, place.at);
    }
  }
}

/** The largest payload of a row in segments of this layout. */
export function payloadMaxBytes({ rowsAt, rowsEnd }: SegmentLayout): number {
  return rowsEnd - rowsAt - rowBytes(0);
}
