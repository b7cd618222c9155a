// Finds the protocol of a connection by its first bytes.
//
// The bytes are kept aside while they do not decide, and put back once, when they do: putting them
// back earlier would make the socket readable again at once, forever.

import type { Socket } from 'node:net';
import { fairTimeout } from './after-reading.ts';

/** The protocol of these first bytes; undefined while they do not decide. There is at least one. */
type ProtocolOf<Protocol> = (head: Buffer) => Protocol | undefined;

const HTTP2_PREFACE = Buffer.from('PRI ');

/** Every TLS connection opens with a record of a handshake; no HTTP method begins with this byte. */
const TLS_HANDSHAKE_RECORD = 22;

/** HTTP/2 or HTTP/1.1: an HTTP/2 client that knows its server opens with "PRI * HTTP/2.0", and no
 * HTTP/1.1 method begins with "PRI ". */
export function httpProtocolOf(head: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(head.length, HTTP2_PREFACE.length);
  const fits = head.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
  if (fits && length < HTTP2_PREFACE.length) return undefined;
  return fits ? 'http2' : 'http1';
}

/** TLS or anything else. */
export function tlsProtocolOf(head: Buffer): 'tls' | 'plain' {
  return head[0] === TLS_HANDSHAKE_RECORD ? 'tls' : 'plain';
}

/** Hands the connection on, unread, once its protocol is known. Cuts one whose first bytes do
 * not decide within `timeoutMs`. */
export function sniffFirstBytes<Protocol>(
  socket: Socket,
  options: {
    timeoutMs: number;
    protocolOf: ProtocolOf<Protocol>;
    serve: (protocol: Protocol) => void;
  },
): void {
  const { timeoutMs, protocolOf, serve } = options;
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
    const protocol = protocolOf(head);
    if (protocol === undefined) return;
    stop();
    socket.unshift(head);
    serve(protocol);
  }
  socket.on('readable', read).on('end', cut).on('error', cut).on('close', stop);
}
