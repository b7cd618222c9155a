// The layout of one stored frame, the same in every store:
//
//   | revision: 10 decimal digits | etag: 20 hex digits | frame |
//
// The head stands in front of the frame, in fixed width, so that damage to it never hides the frame. Scripts
// write it; this file reads it.

import { isRevision } from './number-at-rest.ts';
import {
  RECENT_UPDATES,
  type RecentUpdate,
  type Sizes,
  STORED_HEAD_BYTES,
  type StoredFrame,
} from './session-store.ts';

const REVISION_DIGITS = 10;
const ETAG_DIGITS = 20;
const DIGEST_BYTES = 32;
const SNAPSHOT_PREFIX = 'snapshot:';
const UPDATE_ID = /^[A-Za-z0-9_-]{22}$/;

/** Whether a field of a session's hash is a frame, by its name. */
export function isFrameName(name: string): boolean {
  return UPDATE_ID.test(name) || name.startsWith(SNAPSHOT_PREFIX);
}

/** Names a snapshot. `random` keeps two snapshots of one session apart. */
export function snapshotName(random: string): string {
  return SNAPSHOT_PREFIX + random;
}

/** The head of a stored frame. Its width is fixed, also for an etag that is not known. */
export function storedHead(revision: number, etag: string): string {
  return String(revision).padStart(REVISION_DIGITS, '0') + etagText(etag);
}

/** Reads a stored value. Never refuses: a damaged head gives revision 0 and an empty etag. */
export function storedFrameFrom(name: string, value: Uint8Array): StoredFrame {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const head = buffer.toString('latin1', 0, STORED_HEAD_BYTES);
  const revision = Number(head.slice(0, REVISION_DIGITS));
  const sound = /^\d{10}[0-9a-f]{20}$/.test(head) && isRevision(revision);
  return {
    name,
    kind: name.startsWith(SNAPSHOT_PREFIX) ? 'snapshot' : 'delta',
    revision: sound ? revision : 0,
    etag: sound ? head.slice(REVISION_DIGITS) : '',
    bytes: buffer.subarray(STORED_HEAD_BYTES),
    value: buffer,
    fingerprint: fingerprintOf(buffer),
  };
}

/** What compaction compares: a stored value's length, head and last 32 bytes, as latin-1 text. */
export function fingerprintOf(value: Buffer): string {
  const tail = value.toString('latin1', Math.max(0, value.length - DIGEST_BYTES));
  return `${value.length}:${value.toString('latin1', 0, STORED_HEAD_BYTES)}${tail}`;
}

/** Frames in the order in which they came, ties by name. */
export function byRevision(a: StoredFrame, b: StoredFrame): number {
  return a.revision - b.revision || (a.name < b.name ? -1 : 1);
}

/** What the frames of a session weigh at rest, heads included. */
export function sizesOf(frames: StoredFrame[]): Sizes {
  const sizes = { snapshotBytes: 0, deltaBytes: 0 };
  for (const { kind, bytes } of frames) sizes[`${kind}Bytes`] += STORED_HEAD_BYTES + bytes.length;
  return sizes;
}

/** Remembered updates as text: one line each, `update id, revision, etag`, oldest first. */
export function recentText(recent: RecentUpdate[]): string {
  return recent.map((update) => `${update.updateId} ${update.revision} ${etagText(update.etag)}\n`).join('');
}

/** Reads remembered updates; damaged lines are left out. */
export function recentFrom(text: string): RecentUpdate[] {
  const lines = text.matchAll(/^([A-Za-z0-9_-]{22}) (\d+) ([0-9a-f]{20})$/gm);
  const recent = [...lines].map(([, updateId = '', revision = '', etag = '']) => ({
    updateId,
    revision: Number(revision),
    etag,
  }));
  return recent.slice(-RECENT_UPDATES);
}

/** An etag that a damaged head did not tell is written as zeros, which no chain gives. */
function etagText(etag: string): string {
  return etag.padStart(ETAG_DIGITS, '0');
}
