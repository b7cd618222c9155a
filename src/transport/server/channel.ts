// What a listener does with a request's connection, besides answering it. HTTP/1.1 and HTTP/2 do it
// each in their own way; the server that received a request makes its channel, so what its client
// wrote decides nothing.

import type { Socket } from 'node:net';

/** The way of one request and its answer: a turn on a connection of HTTP/1.1, or a stream of
 * HTTP/2. */
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
  /** To be called once, when the answer has ended or its client is gone. */
  ended(): void;
  /** Ends the channel at once: what has not been sent is lost. `failed`: by a fault of ours.
   * Gives whether the whole answer had been sent. */
  cut(why: 'failed' | 'given up'): boolean;
};
