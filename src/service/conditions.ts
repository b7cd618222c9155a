// The conditions that a caller may put on a write: the token of the lock that it holds, and the
// etag that the session must have.

import { randomBytes } from 'node:crypto';
import { invalid } from '../session/errors.ts';
import { BEFORE_ALL, LIVE_SESSION } from '../store/session-store.ts';

export { NO_SESSION } from '../store/session-store.ts';

/** The precondition that there is a live session. No etag is this. */
export const ANY_SESSION = '*';

/** What stores understand in place of an etag, and callers may not say. */
const NOT_FOR_CALLERS: readonly string[] = [LIVE_SESSION, BEFORE_ALL];

const IF_MATCH_MAX_LENGTH = 64;
const VISIBLE_ASCII = /^[\x20-\x7e]*$/;

const TOKEN_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

/**
 * The precondition that a caller sent, as stores compare it: the quotes that HTTP puts around an
 * etag are removed. What is no etag stays as it is and never matches, two quotes around nothing
 * included: read as "any", they would let through what they were sent to prevent. Refuses
 * (`invalid`) what is too long, or has other than visible ASCII characters.
 */
export function ifMatchFrom(sent: string): string {
  if (sent.length > IF_MATCH_MAX_LENGTH || !VISIBLE_ASCII.test(sent)) {
    throw invalid(
      '/ifMatch',
      `ifMatch must be an etag: at most ${IF_MATCH_MAX_LENGTH} ASCII characters`,
    );
  }
  const etag = /^"(.+)"$/.exec(sent)?.[1];
  // In quotes it is an etag, which no session has.
  if (etag === ANY_SESSION) return sent;
  const meant = etag ?? sent;
  return NOT_FOR_CALLERS.includes(meant) ? `"${meant}"` : meant;
}

/** A new token of a lock: 16 random bytes as 22 characters of URL-safe base64. Who knows it holds
 * the lock, so no message repeats it. */
export function createLockToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Refuses (`invalid`) what cannot be a token; an empty one means none, unless it is `required`. */
export function checkLockToken(
  token: string,
  { pointer, required = false }: { pointer: string; required?: boolean },
): void {
  if (TOKEN.test(token) || (token === '' && !required)) return;
  throw invalid(
    pointer,
    `${pointer.slice(1)} must be the token of a lock: 22 characters of URL-safe base64`,
  );
}
