// The files of a spool. A ring is a fixed number of files of one size, its segments, created full of
// zeros and synced before the process has its permissions: under Node's permission model nothing can
// be synced later, but a file that is opened with O_DSYNC syncs each write of data into space that
// is already allocated. A segment is filled with rows, closed, and, when all of its rows are done,
// opened again under the next generation. What an older generation left behind is ignored.
//
//   segment   | marks | opened | row | row | … | 64 zero bytes | zeros, or an older generation |
//
// Everything begins at a multiple of 64 bytes, a slot:
//
//   marks     | ring id 8 | generation 8 | SHA-256 32 | zeros 16 | a bit per slot of the segment |
//             a bit is set when the row that begins there is done; not synced; the SHA-256 is that
//             of the ring id, the generation and the bits
//   opened    | ring id 8 | generation 8 | number of the next row 8 | zeros 8 | SHA-256 32 |
//             written, and synced, before the first row
//   row       | length 4 | index 4 | ring id 8 | generation 8 | number 8 | payload | SHA-256 32 |
//             the length is that of the payload; the index counts the rows of a segment, so that
//             missing ones can be counted; the SHA-256 is that of everything in front of it
//
// Numbers are big-endian. The ring id is 8 random bytes, part of the names of the files. Callers
// cannot know it, so no payload can be taken for a row when the row around it is damaged.

import { hash } from 'node:crypto';

/** What every part of a segment begins at a multiple of. */
export const SLOT_BYTES = 64;

export const RING_ID_BYTES = 8;

const DIGEST_BYTES = 32;
const ROW_HEADER_BYTES = 32;
const RING_ID_AT_IN_ROW = 8;
const MARKS_HEADER_BYTES = 64;
const MARKS_DIGEST_AT = 16;
const OPENED_DIGEST_AT = 32;

/** Where the parts of a segment of this size are. */
export type SegmentLayout = {
  segmentBytes: number;
  /** Marks are at the beginning. */
  marksBytes: number;
  openedAt: number;
  rowsAt: number;
  /** Rows end here: behind them is a slot of zeros. */
  rowsEnd: number;
};

/** The layout of segments of this size, a multiple of the slot's. */
export function layoutOf(segmentBytes: number): SegmentLayout {
  const marksBytes = MARKS_HEADER_BYTES + slotted(segmentBytes / SLOT_BYTES / 8);
  const rowsAt = marksBytes + SLOT_BYTES;
  const rowsEnd = segmentBytes - SLOT_BYTES;
  return { segmentBytes, marksBytes, openedAt: marksBytes, rowsAt, rowsEnd };
}

/** The bytes that a row takes, with a payload of this size. */
export function rowBytes(payloadBytes: number): number {
  return slotted(ROW_HEADER_BYTES + payloadBytes + DIGEST_BYTES);
}

function slotted(bytes: number): number {
  return Math.ceil(bytes / SLOT_BYTES) * SLOT_BYTES;
}

/** The generation of a ring that something belongs to. */
export type Era = { ringId: Buffer; generation: number };

export type Row = { number: number; payload: Uint8Array };

/** Encodes rows, of which the first has this index, and the slot of zeros behind them. */
export function encodeRows(
  rows: readonly Row[],
  { ringId, generation }: Era,
  index: number,
): Buffer {
  const bytes = Buffer.alloc(
    rows.reduce((sum, { payload }) => sum + rowBytes(payload.length), SLOT_BYTES),
  );
  let at = 0;
  for (const [place, { number, payload }] of rows.entries()) {
    const digestAt = at + ROW_HEADER_BYTES + payload.length;
    bytes.writeUInt32BE(payload.length, at);
    bytes.writeUInt32BE(index + place, at + 4);
    bytes.set(ringId, at + RING_ID_AT_IN_ROW);
    writeUint64(bytes, generation, at + 16);
    writeUint64(bytes, number, at + 24);
    bytes.set(payload, at + ROW_HEADER_BYTES);
    bytes.set(sha256(bytes.subarray(at, digestAt)), digestAt);
    at += rowBytes(payload.length);
  }
  return bytes;
}

/** An intact row of a segment. */
export type FoundRow = Row & { generation: number; index: number; at: number; end: number };

/** The intact row at this place; its payload is a part of `bytes`. Undefined if there is none. */
export function readRow(bytes: Buffer, at: number, ringId: Buffer): FoundRow | undefined {
  if (at + ROW_HEADER_BYTES > bytes.length) return undefined;
  const ringIdAt = at + RING_ID_AT_IN_ROW;
  if (bytes.compare(ringId, 0, RING_ID_BYTES, ringIdAt, ringIdAt + RING_ID_BYTES) !== 0)
    return undefined;
  const payloadEnd = at + ROW_HEADER_BYTES + bytes.readUInt32BE(at);
  if (payloadEnd + DIGEST_BYTES > bytes.length) return undefined;
  const digest = bytes.subarray(payloadEnd, payloadEnd + DIGEST_BYTES);
  if (!sha256(bytes.subarray(at, payloadEnd)).equals(digest)) return undefined;
  return {
    number: readUint64(bytes, at + 24),
    payload: bytes.subarray(at + ROW_HEADER_BYTES, payloadEnd),
    generation: readUint64(bytes, at + 16),
    index: bytes.readUInt32BE(at + 4),
    at,
    end: at + rowBytes(payloadEnd - at - ROW_HEADER_BYTES),
  };
}

/** The next place, at or behind this one, where a row of the ring may begin. */
export function nextPlace(bytes: Buffer, from: number, ringId: Buffer): number | undefined {
  for (let at = from; ; at = slotted(at + 1)) {
    const found = bytes.indexOf(ringId, at + RING_ID_AT_IN_ROW);
    if (found < 0) return undefined;
    at = found - RING_ID_AT_IN_ROW;
    if (at % SLOT_BYTES === 0) return at;
  }
}

/** What opens a segment, and the slot of zeros where its first row will be. */
export function encodeOpened({ ringId, generation }: Era, nextNumber: number): Buffer {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  bytes.set(ringId);
  writeUint64(bytes, generation, RING_ID_BYTES);
  writeUint64(bytes, nextNumber, 16);
  bytes.set(sha256(bytes.subarray(0, OPENED_DIGEST_AT)), OPENED_DIGEST_AT);
  return bytes;
}

/** Reads what opened a segment. Undefined if it is damaged, or the segment was never opened. */
export function readOpened(
  slot: Buffer,
  ringId: Buffer,
): { generation: number; nextNumber: number } | undefined {
  const digest = slot.subarray(OPENED_DIGEST_AT);
  if (!slot.subarray(0, RING_ID_BYTES).equals(ringId)) return undefined;
  if (!sha256(slot.subarray(0, OPENED_DIGEST_AT)).equals(digest)) return undefined;
  return { generation: readUint64(slot, RING_ID_BYTES), nextNumber: readUint64(slot, 16) };
}

/** Encodes the marks of a segment, from its bits. */
export function encodeMarks({ ringId, generation }: Era, bits: Buffer): Buffer {
  const bytes = Buffer.alloc(MARKS_HEADER_BYTES + bits.length);
  bytes.set(ringId);
  writeUint64(bytes, generation, RING_ID_BYTES);
  bytes.set(bits, MARKS_HEADER_BYTES);
  bytes.set(marksDigest(bytes), MARKS_DIGEST_AT);
  return bytes;
}

/** The bits of a segment's marks: all zero if they are damaged, or of another generation. */
export function readMarks(bytes: Buffer, { ringId, generation }: Era): Buffer {
  const bits = Buffer.from(bytes.subarray(MARKS_HEADER_BYTES));
  const digest = bytes.subarray(MARKS_DIGEST_AT, MARKS_DIGEST_AT + DIGEST_BYTES);
  const isValid =
    bytes.subarray(0, RING_ID_BYTES).equals(ringId) &&
    readUint64(bytes, RING_ID_BYTES) === generation &&
    marksDigest(bytes).equals(digest);
  return isValid ? bits : bits.fill(0);
}

function marksDigest(bytes: Buffer): Buffer {
  const covered = [bytes.subarray(0, MARKS_DIGEST_AT), bytes.subarray(MARKS_HEADER_BYTES)];
  return sha256(Buffer.concat(covered));
}

/** Sets the bit of the row that begins at this place. */
export function markDone(bits: Buffer, at: number): void {
  const slot = at / SLOT_BYTES;
  bits.writeUInt8(bits.readUInt8(slot >> 3) | (1 << (slot & 7)), slot >> 3);
}

/** Whether the bit of the row that begins at this place is set. */
export function isDone(bits: Buffer, at: number): boolean {
  const slot = at / SLOT_BYTES;
  return (bits.readUInt8(slot >> 3) & (1 << (slot & 7))) !== 0;
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeBigUInt64BE(BigInt(value), at);
}

function readUint64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at));
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
