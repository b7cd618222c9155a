// A wire is one way in which a call is sent: a protocol and a format of messages.

import type { ConnectError } from '@connectrpc/connect';
import type { Answer, Exchange, RequestHead, WholeBody } from '../server/http-exchange.ts';
import type { Metadata } from './method.ts';

/** A message as it was sent. */
export type SentMessage = { bytes: Uint8Array; isCompressed: boolean };

/** What all calls have, streams too. */
export type CallForm = {
  readonly format: 'binary' | 'json';
  /** Refuses (`invalid`) what is wrong with the head of a call. */
  checkHead?(head: RequestHead): void;
  /** Whether the head of a call names a compression. Refuses (`unimplemented`) an unknown one. */
  isCompressed(head: RequestHead): boolean;
  /** How long the caller waits, counted from the head; undefined: without limit. Refuses (`invalid`)
   * what is not a time. */
  timeoutMs(head: RequestHead): number | undefined;
  refuse(error: ConnectError, metadata: Metadata): Answer;
};

/** Of a call with one message in and one out. */
export type Wire = CallForm & {
  /** What holds the message of a request. Refuses (`too_large`) more than a message of `maxBytes`
   * takes. */
  read(exchange: Exchange, maxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** The one message in what was read, likewise. */
  messageIn(read: Uint8Array, head: RequestHead, maxBytes: number): SentMessage;
  /** The answer that carries a message; JSON may also be text. */
  answer(message: WholeBody, metadata: Metadata): Answer;
};
