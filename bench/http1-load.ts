// An HTTP/1.1 client on bare sockets: a request is one write, an answer is complete when its
// content-length is.

import { connect } from 'node:net';
import type { Load } from './load.ts';
import { createNumberedMessages } from './numbered-messages.ts';

const SILENCE_MAX_MS = 10_000;
const HEAD_END = '\r\n\r\n';

export async function runHttp1Load(load: Load): Promise<void> {
  const next = createNumberedMessages(load, requestOf(load));
  await Promise.all(Array.from({ length: load.inFlight }, () => runConnection(load, next)));
}

function requestOf({ port, path, headers, body }: Load): Buffer {
  const all = { host: `127.0.0.1:${port}`, ...headers, 'content-length': body.length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}`),
    body,
  ]);
}

function runConnection({ port, answerHolds }: Load, next: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setTimeout(SILENCE_MAX_MS, () => socket.destroy(new Error('no answer in time')));
    let received: Buffer = Buffer.alloc(0);
    let isDone = false;
    const send = () => {
      const request = next();
      isDone = request === undefined;
      if (request) socket.write(request);
      else socket.end();
    };
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf(HEAD_END);
      if (
        headEnd < 0 ||
        received.length < headEnd + HEAD_END.length + contentLength(received, headEnd)
      )
        return;
      const isRight =
        received.toString('latin1', 0, 12) === 'HTTP/1.1 200' && received.includes(answerHolds);
      if (!isRight) socket.destroy(new Error(`answered ${received.toString('utf8', 0, 600)}`));
      received = Buffer.alloc(0);
      if (isRight) send();
    });
    socket.on('error', reject);
    socket.on('close', () => (isDone ? resolve() : reject(new Error('the connection was closed'))));
  });
}

function contentLength(received: Buffer, headEnd: number): number {
  return Number(/content-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd))?.[1]);
}
