// The way of one request and its answer: a turn on a connection of HTTP/1.1, or a stream of HTTP/2.
// The server that received a request makes its channel, so what its client wrote decides nothing.

import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { ByteAccount } from './byte-budget.ts';
import type { Answer, WholeBody } from './http-exchange.ts';

/** Up to so many bytes of a body are cheaper to write as a text. */
const SHORT_MAX_BYTES = 4096;

export type Channel = {
  /** The connection of HTTP/1.1, which carries one request after the other; undefined for HTTP/2. */
  readonly connection: Socket | undefined;
  /** Its client, as limits for each of them count it. */
  readonly peer: string;
  /** Whether the request has arrived to its last byte. */
  hasArrived(): boolean;
  /** Asks the client to send the body that it holds back (`Expect: 100-continue`). */
  sendContinue(): void;
  /** Makes this answer the connection's last one, if its headers have not been sent. HTTP/2: does
   * nothing. */
  closeAfterAnswer(): void;
  /** Sends the answer, and charges what its client has not taken. Does nothing if the client has
   * left. Throws if an answer has begun before. */
  send(answer: Answer, account: ByteAccount): void | Promise<void>;
  /** The answer's state. */
  readonly answer: AnswerState;
  /** Calls back once, when the answer has ended or its client is gone. */
  onClosed(listener: () => void): void;
  /** To be called once, when the answer has ended or its client is gone. */
  ended(): void;
  /** Ends the channel at once: what has not been sent is lost. `failed`: by a fault of ours.
   * Returns whether the whole answer had been sent. */
  cut(why: 'failed' | 'given up'): boolean;
};

/** What has become of an answer. */
export type AnswerState = {
  readonly statusCode: number;
  readonly headersSent: boolean;
  /** Bytes that were written and the client has not taken. */
  readonly writableLength: number;
  /** All of it was written. */
  readonly writableEnded: boolean;
  /** All of it was sent. */
  readonly writableFinished: boolean;
};

export function isWhole(body: Answer['body']): body is WholeBody | undefined {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array;
}

/** Writes a whole body, and ends. */
export function endWith(to: Writable, body: WholeBody): void {
  // Node writes a text with the headers at once.
  if (body instanceof Buffer && body.length <= SHORT_MAX_BYTES)
    to.end(body.toString('latin1'), 'latin1');
  else to.end(body);
}

/** Writes a stream of bytes as its client takes them, and stops when the client leaves. `finish` is
 * called before the end. */
export async function writeChunks(
  to: Writable,
  chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  { account, finish }: { account: ByteAccount; finish: () => void },
): Promise<void> {
  for await (const chunk of chunks) {
    if (to.destroyed || to.closed) return;
    const isRoomy = to.write(chunk);
    account.noteUntaken(to.writableLength, false);
    if (!isRoomy) await drained(to);
  }
  if (to.destroyed || to.closed) return;
  finish();
  to.end();
  account.noteUntaken(to.writableLength, true);
}

function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
  });
}
