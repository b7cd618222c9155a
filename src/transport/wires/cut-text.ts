/** A text, cut to so many bytes of UTF-8 and a sign that it was. Well-formed Unicode, whatever
 * the text is: gRPC percent-encodes, which fails on half a character. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.toWellFormed());
  if (bytes.length <= maxBytes) return bytes.toString();
  return `${bytes.toString('utf8', 0, maxBytes).replace(/\ufffd+$/, '')}…`;
}
