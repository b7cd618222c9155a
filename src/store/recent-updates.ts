// The field `recent`: the last updates that were folded, oldest first, in one of two forms.
//
//   lines    `update id, revision, etag`, separated by spaces, a line each
//   binary   the byte 2, then for each update
//            | update id: 22 digits of base64 as 17 bytes | revision: uint32 big-endian | etag: 10
//            bytes |
//
// No line begins with the byte 2. scripts/append.lua and scripts/erase.lua read both forms, as this
// file does.

import { RECENT_UPDATES, type RecentUpdate } from './session-store.ts';
import { etagText } from './stored-head.ts';

const BINARY = 2;
const ID_DIGITS = 22;
const ID_BYTES = 17;
const REVISION_BYTES = 4;
const ETAG_BYTES = 10;
const UPDATE_BYTES = ID_BYTES + REVISION_BYTES + ETAG_BYTES;

/** Writes remembered updates as lines. */
export function recentLines(recent: readonly RecentUpdate[]): string {
  return recent
    .map((update) => `${update.updateId} ${update.revision} ${etagText(update.etag)}\n`)
    .join('');
}

/** Writes remembered updates in binary. */
export function recentBinary(recent: readonly RecentUpdate[]): Buffer {
  const bytes = Buffer.alloc(1 + recent.length * UPDATE_BYTES, BINARY);
  for (const [place, { updateId, revision, etag }] of recent.entries()) {
    const start = 1 + place * UPDATE_BYTES;
    // One digit more fills the last byte.
    bytes.write(`${updateId}A`, start, 'base64url');
    bytes.writeUInt32BE(revision, start + ID_BYTES);
    bytes.write(etagText(etag), start + ID_BYTES + REVISION_BYTES, 'hex');
  }
  return bytes;
}

/** Reads remembered updates in either form; damaged lines, and what is left of a cut record, are
 * left out. */
export function recentFrom(found: Uint8Array | string): RecentUpdate[] {
  const bytes = Buffer.from(found);
  const recent = bytes[0] === BINARY ? fromBinary(bytes) : fromLines(bytes.toString());
  return recent.slice(-RECENT_UPDATES);
}

/** Wherever the words of an update follow each other: a damaged end of line costs none. */
function fromLines(text: string): RecentUpdate[] {
  const lines = text.matchAll(/([A-Za-z0-9_-]{22}) (\d{1,10}) ([0-9a-f]{20})/g);
  return [...lines].map(([, updateId = '', revision = '', etag = '']) => ({
    updateId,
    revision: Number(revision),
    etag,
  }));
}

function fromBinary(bytes: Buffer): RecentUpdate[] {
  const recent: RecentUpdate[] = [];
  for (let start = 1; start + UPDATE_BYTES <= bytes.length; start += UPDATE_BYTES) {
    const etagStart = start + ID_BYTES + REVISION_BYTES;
    recent.push({
      updateId: bytes.toString('base64url', start, start + ID_BYTES).slice(0, ID_DIGITS),
      revision: bytes.readUInt32BE(start + ID_BYTES),
      etag: bytes.toString('hex', etagStart, etagStart + ETAG_BYTES),
    });
  }
  return recent;
}
