// Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection. An HTTP/2 client that knows its server opens
// with "PRI * HTTP/2.0"; no HTTP/1.1 method begins with "PRI ".
//
// The bytes are kept aside while they do not decide, and put back once, when they do: putting them back earlier
// would make the socket readable again at once, for ever.

import type { Socket } from 'node:net';

const PREFACE = Buffer.from('PRI ');

/** Hands the connection on, unread, once its protocol is known. Cuts one that stays silent for `timeoutMs`. */
export function sniffProtocol(
  socket: Socket,
  timeoutMs: number,
  serve: (protocol: 'http1' | 'http2') => void,
): void {
  let head: Buffer = Buffer.alloc(0);
  const cut = () => socket.destroy();
  const timer = setTimeout(cut, timeoutMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', read).off('end', cut).off('error', cut).off('close', stop);
  };
  function read(): void {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, PREFACE.length);
    const fits = head.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (fits && length < PREFACE.length) return;
    stop();
    socket.unshift(head);
    serve(fits ? 'http2' : 'http1');
  }
  socket.on('readable', read).on('end', cut).on('error', cut).on('close', stop);
}
