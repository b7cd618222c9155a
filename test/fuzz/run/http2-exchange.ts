// Sends inputs over HTTP/2: raw frames on a raw socket.

import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createRandom } from '../../model/random.ts';
import {
  encodeFrame,
  FLAG,
  FRAME,
  type Frame,
  FrameReader,
  PREFACE,
  type ReceivedFrame,
} from '../http2/frame.ts';
import { HpackDecoder } from '../http2/hpack-decode.ts';
import type { HeaderField } from '../http2/hpack-tables.ts';
import type { Http2Input } from '../input.ts';
import { mutated } from '../mutate.ts';
import { notAnswered, type Peer, SILENCE_MS } from './http1-exchange.ts';
import type { Outcome } from './outcome.ts';
import { Watch } from './received.ts';
import { sendInPieces } from './send-in-pieces.ts';

const SETTINGS = encodeFrame({ type: FRAME.settings });
const PING = encodeFrame({ type: FRAME.ping, payload: Buffer.from('the end.') });
/** The windows that the service opens at least as far by itself: RFC 9113, 6.9.2. */
const FIRST_WINDOW = 65_535;
/** Streams that one input may use. */
const STREAMS_PER_INPUT = 5;
const LAST_STREAM = 2 ** 30;
/** How long to wait for a sign that the frames were read: those that break off in the middle give
 * none. */
const SETTLED_MS = 200;
/** How long to wait then for the answers to calls that came in whole. */
const AFTERWARDS_MS = 50;

/** The bytes of an input whose stream 1 is this one. */
export function bytesOf({ frames, mutation }: Http2Input, firstStream: number): Buffer {
  const placed = (stream = 0) =>
    stream % 2 === 1 && stream < 2 * STREAMS_PER_INPUT ? firstStream + stream - 1 : stream;
  const bytes = Buffer.concat(
    frames.map((frame) => encodeFrame({ ...frame, stream: placed(frame.stream) })),
  );
  return mutation === undefined ? bytes : mutated(createRandom(mutation), bytes);
}

/** Sends the frames on a connection of their own, and a PING behind them; waits until that or the
 * end of the connection shows that they were read, and a moment for the answers. */
export function sendFrames(peer: Peer, input: Http2Input): Promise<Outcome> {
  const connection = new Http2Connection(peer);
  const ended = input.frames.filter(isEndOfStream).length;
  return connection.sendAny(Buffer.concat([bytesOf(input, 1), PING]), {
    endedStreams: ended,
    cutAt: input.cutAt,
  });
}

function isEndOfStream({ type, flags = 0 }: Frame): boolean {
  return (type === FRAME.data || type === FRAME.headers) && (flags & FLAG.endStream) !== 0;
}

type SentAs = { endedStreams: number; cutAt: number | undefined };

/** A connection that serves one call after another. */
export class Http2Connection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #hpack = new HpackDecoder();
  readonly #watch: Watch;
  #nextStream = 1;
  #window = FIRST_WINDOW;
  /** What is known of the streams whose answers are not complete. */
  readonly #answering = new Map<number, { http: string; grpc: string }>();
  #statuses: string[] = [];
  #answer = '';
  #lastAnswerAt = 0;
  #isSettled = false;
  /** Called after each piece of news. */
  #onNews = () => {};
  closed = false;

  constructor(peer: Peer) {
    this.#watch = new Watch(peer.markers);
    this.#socket = connect({ host: '127.0.0.1', port: peer.port, noDelay: true });
    this.#socket.write(Buffer.concat([PREFACE, SETTINGS]));
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => {
      this.closed = true;
      this.#onNews();
    });
  }

  /** Whether a further call fits: the client's windows are open and there are streams left. */
  get isUsable(): boolean {
    return !this.closed && this.#nextStream < LAST_STREAM;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends a call and resolves with its answer, or with undefined if the service closed the
   * connection instead. */
  async call(input: Http2Input): Promise<Outcome | undefined> {
    const stream = this.#nextStream;
    this.#nextStream += 2 * STREAMS_PER_INPUT;
    const needed = input.frames.reduce(
      (sum, { type, payload }) => sum + (type === FRAME.data ? (payload?.length ?? 0) : 0),
      0,
    );
    const begun = performance.now();
    if (!(await this.#until(() => this.#window >= needed)))
      return this.#missing('the window of the connection is not opened again');
    this.#window -= needed;
    this.#begin();
    sendInPieces(this.#socket, { bytes: bytesOf(input, stream), cutAt: input.cutAt });
    if (!(await this.#until(() => this.#statuses.length > 0))) return this.#missing('no answer');
    return this.#outcome(begun);
  }

  /** Sends bytes, waits until they were read, and leaves. */
  async sendAny(bytes: Buffer, { endedStreams, cutAt }: SentAs): Promise<Outcome> {
    const begun = performance.now();
    this.#begin();
    sendInPieces(this.#socket, { bytes, cutAt });
    // Frames that break off in the middle take the PING for a part of them.
    await this.#until(() => this.#isSettled, SETTLED_MS);
    await this.#until(() => this.#statuses.length >= endedStreams, AFTERWARDS_MS);
    this.close();
    return this.#outcome(begun);
  }

  #begin(): void {
    this.#statuses = [];
    this.#answer = '';
    this.#isSettled = false;
    this.#lastAnswerAt = performance.now();
  }

  #outcome(begun: number): Outcome {
    const fault = this.#watch.fault();
    return {
      statuses: this.#statuses,
      answer: this.#answer,
      latencyMs: this.#lastAnswerAt - begun,
      ...(fault && { fault }),
    };
  }

  #missing(what: string): Outcome | undefined {
    if (this.closed) return undefined;
    this.close();
    return notAnswered(`${what} within ${SILENCE_MS} ms`);
  }

  /** Resolves with whether that came true before the connection closed and the time ran out. */
  #until(isTrue: () => boolean, withinMs = SILENCE_MS): Promise<boolean> {
    if (isTrue() || this.closed) return Promise.resolve(isTrue());
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#onNews = () => {};
        resolve(isTrue());
      };
      const timer = setTimeout(finish, withinMs);
      this.#onNews = () => {
        if (isTrue() || this.closed) finish();
      };
    });
  }

  #read(chunk: Buffer): void {
    this.#watch.look(chunk);
    for (const frame of this.#reader.read(chunk)) this.#take(frame);
    this.#onNews();
  }

  #take({ type, flags, stream, payload }: ReceivedFrame): void {
    const isEnd = (flags & FLAG.endStream) !== 0;
    switch (type) {
      case FRAME.headers:
        this.#takeHeaders(stream, this.#hpack.decode(payload));
        if (isEnd) this.#answered(stream);
        return;
      case FRAME.data:
        this.#answer += payload.toString('latin1');
        // What is read makes room for more.
        if (payload.length > 0) this.#socket.write(windowUpdates(stream, payload.length));
        if (isEnd) this.#answered(stream);
        return;
      case FRAME.resetStream:
        // NO_ERROR follows an answer that came before the whole request had.
        if (payload.readUInt32BE() !== 0) this.#statuses.push(`reset ${payload.readUInt32BE()}`);
        return;
      case FRAME.settings:
        if ((flags & FLAG.acknowledge) === 0) {
          this.#socket.write(encodeFrame({ type: FRAME.settings, flags: FLAG.acknowledge }));
        }
        return;
      case FRAME.ping:
        this.#isSettled = (flags & FLAG.acknowledge) !== 0;
        return;
      case FRAME.windowUpdate:
        if (stream === 0) this.#window += payload.readUInt32BE();
        return;
      case FRAME.goAway:
        this.#statuses.push(`go away ${payload.readUInt32BE(4)}`);
    }
  }

  #takeHeaders(stream: number, fields: readonly HeaderField[]): void {
    const known = this.#answering.get(stream) ?? { http: '', grpc: '' };
    for (const { name, value } of fields) {
      this.#answer += `${name}: ${value}\n`;
      if (name === ':status') known.http = value;
      if (name === 'grpc-status') known.grpc = ` grpc ${value}`;
    }
    this.#answering.set(stream, known);
  }

  #answered(stream: number): void {
    const { http = '', grpc = '' } = this.#answering.get(stream) ?? {};
    this.#answering.delete(stream);
    this.#statuses.push(http + grpc);
    this.#lastAnswerAt = performance.now();
  }
}

function windowUpdates(stream: number, size: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(size);
  return Buffer.concat(
    [0, stream].map((each) => encodeFrame({ type: FRAME.windowUpdate, stream: each, payload })),
  );
}
