// The etag is a chain: each update's etag is a digest of the one before it and the update's id, and the
// incarnation is the first link. The scripts of the Redis store compute the same.

import { createHash } from 'node:crypto';

const ETAG_DIGITS = 20;

/** What the first update of an incarnation is chained to. */
export function etagSeed(incarnation: string): string {
  return digest(incarnation);
}

/** The etag of a session after one more update. */
export function etagAfter(etag: string, updateId: string): string {
  return digest(etag + updateId);
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex').slice(0, ETAG_DIGITS);
}
