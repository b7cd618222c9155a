// The status message of a gRPC answer, written so that every client can read it.
//
// gRPC percent-encodes what is not printable ASCII. Connect encodes punctuation as well, which
// grpc-js does not decode: its callers would read "session_id%3A".

const MESSAGE = 'grpc-message';
const NOT_PRINTABLE = /[^\x20-\x24\x26-\x7e]+/g;

/** Rewrites the message in the trailers of an answer, if it has one; returns the trailers. */
export function makeMessageReadable(trailer: Headers): Headers {
  const encoded = trailer.get(MESSAGE);
  if (encoded !== null)
    trailer.set(MESSAGE, decodeURIComponent(encoded).replaceAll(NOT_PRINTABLE, encodeURIComponent));
  return trailer;
}
