// The layout of one stored frame, the same in every store:
//
//   | head: 30 bytes or more, as in stored-head.ts | frame |
//
// The head is outside the frame so that damage to it never hides the frame. Scripts and the embedded
// store write it; this file reads both.

import { hash } from 'node:crypto';
import { checksumOf } from './seal.ts';
import type { Sizes, StoredFrame } from './session-store.ts';
import { readHead, STORED_HEAD_BYTES } from './stored-head.ts';

const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
const SNAPSHOT_PREFIX = 'snapshot:';
const UPDATE_ID = /^[A-Za-z0-9_-]{22}$/;

/** Whether a field of a session's hash is a frame, by its name. */
export function isFrameName(name: string): boolean {
  return UPDATE_ID.test(name) || name.startsWith(SNAPSHOT_PREFIX);
}

/** Whether a value is a head and an intact frame, whatever the name of its field. */
export function isFrameValue(value: Buffer): boolean {
  const { etag, bytes } = readHead(value);
  const payload = value.subarray(bytes + LENGTH_BYTES, -DIGEST_BYTES);
  const isFitting =
    value.length >= bytes + LENGTH_BYTES + DIGEST_BYTES &&
    value.readUInt32BE(bytes) === payload.length;
  if (etag === '' || !isFitting) return false;
  return value.subarray(-DIGEST_BYTES).equals(hash('sha256', payload, 'buffer'));
}

/** The name of a snapshot that is written together with this `recent`. `random`, in hex digits,
 * distinguishes the snapshots of one session. */
export function snapshotName(random: string, recent: string | Uint8Array): string {
  return `${SNAPSHOT_PREFIX}${random}.${checksumOf(Buffer.concat([Buffer.from(random), Buffer.from(recent)]))}`;
}

/** Whether `recent` and the names of snapshots are as they were written together. The names that
 * older versions give do not depend on `recent`. */
export function isRecentIntact(
  frames: readonly StoredFrame[],
  recent: string | Uint8Array,
): boolean {
  return frames.every(({ kind, name }) => {
    const [random = ''] = name.slice(SNAPSHOT_PREFIX.length).split('.');
    const isPlain = /^snapshot:[0-9a-f]+$/.test(name);
    return kind === 'delta' || isPlain || name === snapshotName(random, recent);
  });
}

/** Reads a stored value. Never throws: a damaged head gives revision 0 and an empty etag. */
export function storedFrameFrom(name: string, value: Uint8Array): StoredFrame {
  const buffer = bufferOf(value);
  const { revision, etag, bytes, reception, isNewer } = readHead(buffer);
  return {
    name,
    kind: name.startsWith(SNAPSHOT_PREFIX) ? 'snapshot' : 'delta',
    revision,
    etag,
    bytes: buffer.subarray(bytes),
    value: buffer,
    reception,
    hasNewerHead: isNewer,
  };
}

/** What compaction compares: a stored value's length, head and last 32 bytes, as latin-1 text. */
export function fingerprintOf(value: Uint8Array): string {
  const buffer = bufferOf(value);
  const tail = buffer.toString('latin1', Math.max(0, buffer.length - DIGEST_BYTES));
  return `${buffer.length}:${buffer.toString('latin1', 0, STORED_HEAD_BYTES)}${tail}`;
}

/** Orders frames by revision, those of equal revision by name. */
export function byRevision(a: StoredFrame, b: StoredFrame): number {
  return a.revision - b.revision || (a.name < b.name ? -1 : 1);
}

/** The stored bytes of a session's frames, heads included. */
export function sizesOf(frames: StoredFrame[]): Sizes {
  const sizes = { snapshotBytes: 0, deltaBytes: 0 };
  for (const { kind, value } of frames) {
    if (kind === 'snapshot') sizes.snapshotBytes += value.length;
    else sizes.deltaBytes += value.length;
  }
  return sizes;
}

function bufferOf(value: Uint8Array): Buffer {
  return value instanceof Buffer
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
