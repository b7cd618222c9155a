// An HTTP/1.1 client on bare sockets: a request is one write, and one is in flight at a time.

import { connect } from 'node:net';
import type { Load } from './load.ts';

const SILENCE_MAX_MS = 60_000;
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

export type Http1Connection = {
  /** Sends a request. The one before has been answered. */
  send(request: Buffer): void;
  close(): void;
};

/** Opens a connection to the server of a load. `answered` is called at each answer as expected;
 * `failed` at most once: at an answer that is not, at a connection that is lost or refused, or
 * where no answer arrives. */
export function openHttp1Connection(
  { port, message: { answerHolds } }: Load,
  on: { connected(): void; answered(): void; failed(error: Error): void },
): Http1Connection {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let isWaiting = false;
  let received: Buffer = Buffer.alloc(0);
  let isClosing = false;
  socket.setTimeout(SILENCE_MAX_MS, () => {
    if (isWaiting) socket.destroy(new Error('no answer in time'));
  });
  socket.on('connect', on.connected);
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (!isComplete(received)) return;
    const isRight =
      received.toString('latin1', 0, 12) === 'HTTP/1.1 200' && received.includes(answerHolds);
    if (!isRight) {
      socket.destroy(new Error(`answered ${received.toString('utf8', 0, 600)}`));
      return;
    }
    received = Buffer.alloc(0);
    isWaiting = false;
    on.answered();
  });
  let failure = new Error('the connection was closed');
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    if (!isClosing) on.failed(failure);
  });
  return {
    send(request) {
      isWaiting = true;
      socket.write(request);
    },
    close() {
      isClosing = true;
      socket.end();
    },
  };
}

/** The message of a load as it is sent. */
export function http1Request({ port, headers, message }: Load): Buffer {
  const { method = 'POST', path, body } = message;
  const length = method === 'GET' ? {} : { 'content-length': body.length };
  const all = { host: `127.0.0.1:${port}`, ...headers, ...length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}`),
    body,
  ]);
}

function isComplete(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return false;
  const head = received.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return received.length >= headEnd + HEAD_END.length + Number(length);
  return received.toString('latin1', received.length - LAST_CHUNK.length) === LAST_CHUNK;
}
