// The precondition of a write, as HTTP and the body say it.
//
//   If-Match: "etag" · ifMatch: etag     the session has this etag
//   If-Match: *      · ifMatch: *        there is a session
//   If-None-Match: * · ifMatch: none     there is no session
//
// Whatever else a caller says in these headers is refused: ignored, it would let through what it
// was sent to prevent.

import type { IncomingHttpHeaders } from 'node:http';
import { ifMatchFrom, NO_SESSION } from '../../service/conditions.ts';
import { invalid } from '../../session/errors.ts';

/** The precondition, as `ifMatch` of a command; empty if there is none. `posted`: `ifMatch` of
 * the body, empty if there is none. Refuses (`invalid`) what says none, more than one, or one that
 * cannot hold. */
export function preconditionIn(headers: IncomingHttpHeaders, posted = ''): string {
  const said = [posted, ifMatchIn(headers), ifNoneMatchIn(headers)]
    .filter((one) => one !== '')
    .map(ifMatchFrom);
  const [first = '', ...others] = said;
  if (others.every((other) => other === first)) return first;
  throw invalid(
    '/ifMatch',
    'the preconditions of the request contradict each other: send one of them',
  );
}

function ifMatchIn({ 'if-match': header }: IncomingHttpHeaders): string {
  if (header === undefined) return '';
  const ifMatch = header.trim();
  if (ifMatch === '') {
    throw invalid(
      '/ifMatch',
      'the header If-Match is empty: send the etag that is meant, or no such header',
    );
  }
  if (/^w\//i.test(ifMatch)) {
    const advice = 'a weak one (W/) never matches: send it as it was answered';
    throw invalid('/ifMatch', `the header If-Match takes a strong etag; ${advice}`);
  }
  if (ifMatch.includes(',')) throw invalid('/ifMatch', 'the header If-Match takes one etag, or *');
  return ifMatch;
}

function ifNoneMatchIn({ 'if-none-match': header }: IncomingHttpHeaders): string {
  if (header === undefined) return '';
  if (header.trim() === '*') return NO_SESSION;
  const advice =
    'send *, which means that there must be no session, or the etag that the session must have as If-Match';
  throw invalid('/ifNoneMatch', `the header If-None-Match takes no etag on a write: ${advice}`);
}
