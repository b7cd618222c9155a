// The head before each stored frame. Its first part has the same place and width in every version:
//
//   | revision: 10 decimal digits | etag: 20 hex digits |
//
// Head 2 continues with an extension, which gives its own length:
//
//   | @ | 40 | lowest moment: 16 digits | highest moment: 16 digits | clock: 8 hex digits |
//
// The moments are the instants at which the first and the last of the frame's updates were received,
// in unix microseconds by the clock of the master that stored them; the clock is the beginning of
// that master's replication id, zeros if there were several masters. A longer extension is of a
// newer version: its beginning is read, its frames are not folded.
//
// Damage to a head never hides the frame: the frame begins where its own length fits the bytes that
// are left. No part of a head can be mistaken for that length, since digits read as a length mean
// more than a billion bytes.

import { isRevision } from './stored-number.ts';

/** Bytes in front of each stored frame that this version writes: its revision and its etag, in
 * fixed width. */
export const STORED_HEAD_BYTES = 30;

const REVISION_DIGITS = 10;
const ETAG_DIGITS = 20;
const MOMENT_DIGITS = 16;
const MARK_BYTES = 3;
const EXTENSION_BYTES = 40;
const EXTENSION_BYTES_END = 100;
/** What a frame has in addition to its payload: its length and its SHA-256. */
const FRAME_EXTRA_BYTES = 36;
const SEVERAL_CLOCKS = '00000000';
const HEAD = /^\d{10}[0-9a-f]{20}$/;

/** The place of one update in its session. */
export type Position = {
  /** Counted from 1 within an incarnation. */
  revision: number;
  /** Etag of the session right after the update. */
  etag: string;
};

/** When the updates of a frame were received, and by which clock. */
export type Reception = { lowestMicros: number; highestMicros: number; clockTag: string };

/** The head of a stored value. */
export type StoredHead = Position & {
  /** Where the frame begins. */
  bytes: number;
  /** Undefined in a head without extension, or with a damaged one. */
  reception: Reception | undefined;
  /** The extension is longer than the one that this version knows. */
  isNewer: boolean;
};

/** The head of a stored frame. Its width depends on `reception` alone, even if the etag is not
 * known. */
export function storedHead(revision: number, etag: string, reception?: Reception): string {
  const head = String(revision).padStart(REVISION_DIGITS, '0') + etagText(etag);
  if (!reception) return head;
  const { lowestMicros, highestMicros, clockTag } = reception;
  const moments = [lowestMicros, highestMicros].map((moment) =>
    String(moment).padStart(MOMENT_DIGITS, '0'),
  );
  return `${head}@${EXTENSION_BYTES}${moments.join('')}${clockTag}`;
}

/** Reads the head of a stored value. Never throws: a damaged one gives revision 0 and an empty
 * etag. */
export function readHead(value: Buffer): StoredHead {
  const text = value.toString('latin1', 0, STORED_HEAD_BYTES);
  const count = Number(text.slice(0, REVISION_DIGITS));
  const isIntact = HEAD.test(text) && isRevision(count);
  const revision = isIntact ? count : 0;
  const etag = isIntact ? text.slice(REVISION_DIGITS) : '';
  // Most heads have no extension.
  if (fits(value, STORED_HEAD_BYTES))
    return { revision, etag, bytes: STORED_HEAD_BYTES, reception: undefined, isNewer: false };
  return { revision, etag, ...readExtension(value) };
}

/** Where the frame begins behind a head with an extension, or a damaged one; and the extension. */
function readExtension(value: Buffer): Omit<StoredHead, keyof Position> {
  const text = value.toString('latin1', 0, STORED_HEAD_BYTES + MARK_BYTES + EXTENSION_BYTES);
  const declared = declaredBytes(text);
  const bytes = headBytesOf(value, declared ?? STORED_HEAD_BYTES);
  return {
    bytes,
    reception: bytes === declared ? receptionFrom(text) : undefined,
    isNewer: bytes === declared && declared > STORED_HEAD_BYTES + MARK_BYTES + EXTENSION_BYTES,
  };
}

/** The reception that covers those of several frames; undefined if one of them is unknown. */
export function receptionOf(heads: readonly (Reception | undefined)[]): Reception | undefined {
  const all = heads.filter((head) => head !== undefined);
  const [first] = all;
  if (!first || all.length < heads.length) return undefined;
  return {
    lowestMicros: Math.min(...all.map(({ lowestMicros }) => lowestMicros)),
    highestMicros: Math.max(...all.map(({ highestMicros }) => highestMicros)),
    clockTag: all.every(({ clockTag }) => clockTag === first.clockTag)
      ? first.clockTag
      : SEVERAL_CLOCKS,
  };
}

/** An etag that could not be read from a damaged head is written as zeros, which no chain gives. */
export function etagText(etag: string): string {
  return etag.padStart(ETAG_DIGITS, '0');
}

function headBytesOf(value: Buffer, declared: number): number {
  if (fits(value, declared)) return declared;
  for (let length = 0; length < EXTENSION_BYTES_END; length++) {
    const bytes = STORED_HEAD_BYTES + MARK_BYTES + length;
    if (fits(value, bytes)) return bytes;
  }
  return Math.min(declared, value.length);
}

function declaredBytes(text: string): number | undefined {
  const mark = /^@(\d\d)/.exec(text.slice(STORED_HEAD_BYTES));
  return mark ? STORED_HEAD_BYTES + MARK_BYTES + Number(mark[1]) : undefined;
}

function fits(value: Buffer, headBytes: number): boolean {
  const payloadBytes = value.length - headBytes - FRAME_EXTRA_BYTES;
  return payloadBytes >= 0 && value.readUInt32BE(headBytes) === payloadBytes;
}

function receptionFrom(text: string): Reception | undefined {
  const found = /^@\d\d(\d{16})(\d{16})([0-9a-f]{8})/.exec(text.slice(STORED_HEAD_BYTES));
  if (!found) return undefined;
  const [, lowest, highest, clockTag = ''] = found;
  const [lowestMicros, highestMicros] = [Number(lowest), Number(highest)];
  const isPossible = lowestMicros <= highestMicros && Number.isSafeInteger(highestMicros);
  return isPossible ? { lowestMicros, highestMicros, clockTag } : undefined;
}
