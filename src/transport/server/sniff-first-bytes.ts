// Tells by the first bytes of a connection what its client speaks.
//
// The bytes are kept aside while they do not decide, and put back once, when they do: putting them
// back earlier would make the socket readable again at once, for ever.

import type { Socket } from 'node:net';
import { fairTimeout } from './after-reading.ts';

/** What speaks in these first bytes; undefined while they do not decide. There is at least one. */
type Tell<Spoken> = (head: Buffer) => Spoken | undefined;

const HTTP2_PREFACE = Buffer.from('PRI ');

/** Every TLS connection opens with a record of a handshake; no HTTP method begins with this byte. */
const TLS_HANDSHAKE_RECORD = 22;

/** HTTP/2 or HTTP/1.1: an HTTP/2 client that knows its server opens with "PRI * HTTP/2.0", and no
 * HTTP/1.1 method begins with "PRI ". */
export function tellHttp(head: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(head.length, HTTP2_PREFACE.length);
  const fits = head.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
  if (fits && length < HTTP2_PREFACE.length) return undefined;
  return fits ? 'http2' : 'http1';
}

/** TLS or anything else. */
export function tellTls(head: Buffer): 'tls' | 'plain' {
  return head[0] === TLS_HANDSHAKE_RECORD ? 'tls' : 'plain';
}

/** Hands the connection on, unread, once it is known what its client speaks. Cuts one that does
 * not say it within `timeoutMs`. */
export function sniffFirstBytes<Spoken>(
  socket: Socket,
  options: { timeoutMs: number; tell: Tell<Spoken>; serve: (spoken: Spoken) => void },
): void {
  const { timeoutMs, tell, serve } = options;
  let head: Buffer = Buffer.alloc(0);
  const cut = () => socket.destroy();
  const cancelTimeout = fairTimeout(cut, timeoutMs);
  const stop = () => {
    cancelTimeout();
    socket.off('readable', read).off('end', cut).off('error', cut).off('close', stop);
  };
  function read(): void {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const spoken = tell(head);
    if (spoken === undefined) return;
    stop();
    socket.unshift(head);
    serve(spoken);
  }
  socket.on('readable', read).on('end', cut).on('error', cut).on('close', stop);
}
