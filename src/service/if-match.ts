import { invalid } from '../session/errors.ts';

export { NO_SESSION } from '../store/session-store.ts';

/** The precondition that there is a live session. No etag is this. */
export const ANY_SESSION = '*';

const IF_MATCH_MAX_LENGTH = 64;
const VISIBLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * The precondition that a caller sent, as stores compare it: quotes around an etag are taken off,
 * as HTTP puts them there. What is no etag stays as it is and never matches, two quotes around
 * nothing included: taken for "any", they would let through what they were sent to prevent. Refuses
 * (`invalid`) what is too long, or holds other than visible ASCII characters.
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
  return etag === undefined || etag === ANY_SESSION ? sent : etag;
}
