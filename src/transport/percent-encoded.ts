// Percent-encoded text of a request's target. Node gives bytes outside ASCII as Latin-1 and
// URLSearchParams puts U+FFFD in the place of broken ones, so that different bytes would become one
// text: both are refused here.

const VISIBLE_ASCII = /^[\x21-\x7e]*$/;

/** A part of a path, decoded; undefined if it is not percent-encoded UTF-8. */
export function decodedPart(part: string): string | undefined {
  if (!VISIBLE_ASCII.test(part)) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Whether a query string is percent-encoded UTF-8 throughout, so that URLSearchParams decodes it
 * as it was meant. */
export function isDecodableQuery(query: string): boolean {
  return decodedPart(query) !== undefined;
}
