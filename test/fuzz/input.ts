// What a generator makes and the runner sends.

import type { Random } from '../model/random.ts';
import type { Frame } from './http2/frame.ts';

export type ListenerName = 'webhook' | 'rpc' | 'admin';

type Pieces = {
  /** Where the bytes are cut in two pieces that follow one another, as a share of them. Without
   * it they are sent at once. */
  cutAt?: number;
};

/** Bytes for an HTTP/1.1 connection. */
export type Http1Input = {
  transport: 'http1';
  listener: ListenerName;
  bytes: Buffer;
  /** `one`: a request in due form, so there must be one answer, and the connection may serve the
   * next input. `any`: the connection is ended or reset behind the bytes, and whatever was answered
   * is counted. */
  answers: 'one' | 'any';
  /** Answers to HEAD have no body. */
  isHead?: boolean;
  /** How the client leaves; with `any`. */
  leave?: 'finish' | 'reset';
} & Pieces;

/** Frames for an HTTP/2 connection. */
export type Http2Input = {
  transport: 'http2';
  listener: ListenerName;
  /** Streams 1, 3, 5, 7 and 9 stand for the next ones of the connection; every other id is sent
   * as it is. */
  frames: readonly Frame[];
  /** Seed of a mutation of the frames' bytes. */
  mutation?: number;
  /** `one`: stream 1 carries a request in due form, so there must be an answer. */
  answers: 'one' | 'any';
} & Pieces;

export type Input = Http1Input | Http2Input;

/** What a generator knows of the service that it attacks. */
export type Target = {
  secret: string;
  /** Undefined where the service demands none. */
  rpcToken: string | undefined;
  /** Ids in bytes that differ from those of the watched sessions, but only where a lenient
   * decoder would not see it: whoever sends one of these has no right to the sessions' contents. */
  nearIds: readonly Buffer[];
};

export type Generator = (random: Random, target: Target) => Input;
