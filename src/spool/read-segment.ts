// Reads a segment as it was found. What is damaged costs no more than itself: every intact row of
// the generation is found, also behind damage.
//
// A power failure may leave a part of what was being written, in any order of its pages. Nobody was
// given the number of such a row. It cannot always be told apart from damage to the last row, so it
// is counted as damage.

import {
  type FoundRow,
  isDone,
  nextPlace,
  readMarks,
  readOpened,
  readRow,
  type SegmentLayout,
  SLOT_BYTES,
} from './segment-layout.ts';

/** A damaged part of a segment. */
export type Damage = {
  at: number;
  bytes: number;
  /** How many rows were in it, at least. */
  rows: number;
  /** What is left of it. */
  copy: Buffer;
};

export type SegmentContents = {
  /** 0: the segment was never used. */
  generation: number;
  /** A number that no row of an older generation has. */
  nextNumber: number;
  /** Which rows are done, by their places. */
  bits: Buffer;
  /** Rows that are not done, in their order. Their payloads are copies. */
  rows: FoundRow[];
  /** The numbers of those that are done. */
  done: number[];
  damage: Damage[];
  /** Where the next row belongs. */
  end: { at: number; index: number };
};

/** Reads a segment of this layout. It may be shorter, if it was cut off. */
export function readSegment(bytes: Buffer, layout: SegmentLayout, ringId: Buffer): SegmentContents {
  const { segmentBytes, marksBytes, openedAt, rowsAt } = layout;
  const openedSlot = bytes.subarray(openedAt, openedAt + SLOT_BYTES);
  const opened = openedSlot.length < SLOT_BYTES ? undefined : readOpened(openedSlot, ringId);
  const found = intactRows(bytes, { from: rowsAt, ringId });
  const generation = found.reduce(
    (newest, row) => Math.max(newest, row.generation),
    opened?.generation ?? 0,
  );
  const all = found.filter((row) => row.generation === generation);
  const { damage, end } = damageBetween(bytes, all, { rowsAt, generation });
  if (opened === undefined && !isZero(openedSlot))
    damage.unshift({ at: openedAt, bytes: SLOT_BYTES, rows: 0 });
  if (bytes.length < segmentBytes)
    damage.push({ at: bytes.length, bytes: segmentBytes - bytes.length, rows: 0 });
  const marks = Buffer.alloc(marksBytes);
  bytes.copy(marks, 0, 0, marksBytes);
  const bits = readMarks(marks, { ringId, generation });
  return {
    generation,
    nextNumber: all.reduce(
      (next, { number }) => Math.max(next, number + 1),
      opened?.nextNumber ?? 0,
    ),
    bits,
    rows: all
      .filter(({ at }) => !isDone(bits, at))
      .map((row) => ({ ...row, payload: Uint8Array.from(row.payload) })),
    done: all.filter(({ at }) => isDone(bits, at)).map(({ number }) => number),
    // Copies, so that the bytes of the segment are not kept in memory.
    damage: damage.map((part) => ({
      ...part,
      copy: Buffer.from(bytes.subarray(part.at, part.at + part.bytes)),
    })),
    end,
  };
}

function intactRows(bytes: Buffer, { from, ringId }: { from: number; ringId: Buffer }): FoundRow[] {
  const rows: FoundRow[] = [];
  let at = nextPlace(bytes, from, ringId);
  while (at !== undefined) {
    const row = readRow(bytes, at, ringId);
    if (row !== undefined) rows.push(row);
    at = nextPlace(bytes, row?.end ?? at + SLOT_BYTES, ringId);
  }
  return rows;
}

/** What is missing between the rows of a generation, and behind them. */
function damageBetween(
  bytes: Buffer,
  rows: readonly FoundRow[],
  { rowsAt, generation }: { rowsAt: number; generation: number },
): { damage: Omit<Damage, 'copy'>[]; end: SegmentContents['end'] } {
  const damage: Omit<Damage, 'copy'>[] = [];
  let end = { at: rowsAt, index: 0 };
  for (const { at, end: rowEnd, index } of rows) {
    if (at > end.at)
      damage.push({ at: end.at, bytes: at - end.at, rows: Math.max(1, index - end.index) });
    end = { at: rowEnd, index: index + 1 };
  }
  const next = bytes.subarray(end.at, end.at + SLOT_BYTES);
  if (generation > 0 && !isZero(next))
    damage.push({ at: end.at, bytes: damagedBytes(bytes, end.at), rows: 1 });
  return { damage, end };
}

/** The bytes from here to the next slot of zeros: there is one behind the last row. */
function damagedBytes(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !isZero(bytes.subarray(at, at + SLOT_BYTES))) at += SLOT_BYTES;
  return Math.min(at, bytes.length) - from;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
