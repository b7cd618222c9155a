// The etag is a chain: each update's etag is a digest of the one before it, the update's id and the
// digest at the end of its frame; the incarnation is the first link. The scripts of the Redis store
// compute the same.
//
// The id alone is not enough: an update that a failover lost and its caller sent again has the same
// id, but was received later, and may win over another update where the first attempt did not.

import { hash } from 'node:crypto';

const ETAG_DIGITS = 20;
const DIGEST_BYTES = 32;

/** What the first update of an incarnation is chained to. */
export function etagSeed(incarnation: string): string {
  return digest(incarnation);
}

/** The etag of a session after one more update. */
export function etagAfter(etag: string, update: { updateId: string; frame: Uint8Array }): string {
  return digest(etag, update.updateId, update.frame.subarray(-DIGEST_BYTES));
}

function digest(...parts: (string | Uint8Array)[]): string {
  return hash('sha1', Buffer.concat(parts.map((part) => Buffer.from(part)))).slice(0, ETAG_DIGITS);
}
