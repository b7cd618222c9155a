// The etag is a chain: each update's etag is a digest of the one before it, the update's id and the
// digest at the end of its frame; the incarnation is the first link. The scripts of the Redis store
// compute the same.
//
// The id alone is not enough: an update that a failover lost and its caller sent again has the same
// id, but was received later, and may win over another update where the first attempt did not.

import { hash } from 'node:crypto';

const ETAG_DIGITS = 20;
const DIGEST_BYTES = 32;
const TEXT_MAX_LENGTH = 64;
const UTF8_MAX_BYTES = 3;

const scratch = Buffer.alloc(TEXT_MAX_LENGTH * UTF8_MAX_BYTES + DIGEST_BYTES);

/** What the first update of an incarnation is chained to. */
export function etagSeed(incarnation: string): string {
  return digest(incarnation);
}

/** The etag of a session after one more update. */
export function etagAfter(etag: string, update: { updateId: string; frame: Uint8Array }): string {
  const { updateId, frame } = update;
  const tail = frame.subarray(-DIGEST_BYTES);
  // No name of an intact frame is as long as the buffer.
  if (etag.length + updateId.length > TEXT_MAX_LENGTH)
    return digest(Buffer.concat([Buffer.from(etag), Buffer.from(updateId), tail]));
  let bytes = scratch.write(etag);
  bytes += scratch.write(updateId, bytes);
  scratch.set(tail, bytes);
  return digest(scratch.subarray(0, bytes + tail.length));
}

/** The chain's own part of an etag, as callers have it. Behind it some stores name the server that
 * answered. */
export function chainIn(etag: string): string {
  return etag.slice(0, ETAG_DIGITS);
}

function digest(of: string | Uint8Array): string {
  return hash('sha1', of).slice(0, ETAG_DIGITS);
}
