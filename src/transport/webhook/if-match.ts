import type { IncomingHttpHeaders } from 'node:http';
import { invalid } from '../../session/errors.ts';

/** The precondition in the header `If-Match`; empty if there is no such header. Refuses (`invalid`) a header
 * that is there and empty: taken for none, it would let through what it was sent to prevent. */
export function ifMatchIn({ 'if-match': header }: IncomingHttpHeaders): string {
  if (header === undefined) return '';
  const ifMatch = header.trim();
  if (ifMatch) return ifMatch;
  throw invalid('/ifMatch', 'the header If-Match is empty: send the etag that is meant, or no such header');
}
