// Requests of HTTP/2, each on a stream of its own.
//
// A request may be answered before its body has arrived. The rest is read and dropped, since a
// client that waits to send it would keep its stream open; beyond a limit the client is asked to
// stop (RST_STREAM NO_ERROR, which leaves the answer valid). Not earlier: a stream that is reset
// together with its answer loses it.

import { constants, type ServerHttp2Stream } from 'node:http2';
import type { ByteAccount } from './byte-budget.ts';
import { type AnswerState, type Channel, endWith, isWhole, writeChunks } from './channel.ts';
import type { Answer } from './http-exchange.ts';
import type { ServeLimits } from './serve-limits.ts';

export class Http2Channel implements Channel, AnswerState {
  readonly connection = undefined;
  readonly peer: string;
  statusCode: number = constants.HTTP_STATUS_OK;
  readonly #stream: ServerHttp2Stream;
  readonly #isHead: boolean;

  constructor(
    stream: ServerHttp2Stream,
    options: { peer: string; method: string } & Pick<ServeLimits, 'restMaxBytes'>,
  ) {
    const { peer, method, restMaxBytes } = options;
    this.peer = peer;
    this.#stream = stream;
    this.#isHead = method === constants.HTTP2_METHOD_HEAD;
    stream.on('finish', () => {
      if (!stream.readableEnded) dropRestOfBody(stream, restMaxBytes);
    });
  }

  hasArrived(): boolean {
    const stream = this.#stream;
    // What has been read has come; only what has not costs a look at the connection.
    return stream.readableEnded || stream.endAfterHeaders || stream.state.remoteClose === 1;
  }

  sendContinue(): void {
    const stream = this.#stream;
    // Its client may have reset the stream together with opening it; then this would throw.
    if (!stream.destroyed && !stream.closed)
      stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE });
  }

  closeAfterAnswer(): void {}

  get answer(): AnswerState {
    return this;
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  get writableLength(): number {
    return this.#stream.writableLength;
  }

  get writableEnded(): boolean {
    return this.#stream.writableEnded;
  }

  get writableFinished(): boolean {
    const stream = this.#stream;
    // A stream whose last bytes were sent with its end closes before it reports that it finished.
    const isClosed = stream.closed && stream.rstCode === constants.NGHTTP2_NO_ERROR;
    return stream.writableFinished || (isClosed && stream.writableEnded);
  }

  send({ status, headers, body, trailers }: Answer, account: ByteAccount): void | Promise<void> {
    const stream = this.#stream;
    // `respond` would throw on the stream of a client that has left.
    if (stream.destroyed || stream.closed) return;
    this.statusCode = status;
    const head = { ':status': status, ...headers };
    // node:http2 ends the answer to HEAD with its headers.
    if (body === undefined || this.#isHead) {
      stream.respond(head, { endStream: true });
      return;
    }
    stream.respond(head, trailers && { waitForTrailers: true });
    if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers()));
    if (!isWhole(body)) return writeChunks(stream, body, { account, finish: () => {} });
    endWith(stream, body);
    account.noteUntaken(stream.writableLength, true);
  }

  onClosed(listener: () => void): void {
    this.#stream.on('close', listener);
  }

  ended(): void {}

  cut(why: 'failed' | 'given up'): boolean {
    const stream = this.#stream;
    const isAnswered = stream.writableEnded && stream.writableFinished;
    // `close` ends the answer first, which would look whole then.
    if (why === 'failed' && !isAnswered) stream.destroy(new Error('the request failed'));
    else stream.close(isAnswered ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
    return isAnswered;
  }
}

function dropRestOfBody(stream: ServerHttp2Stream, restMaxBytes: number): void {
  let restBytes = 0;
  stream.removeAllListeners('data').on('data', (chunk: Buffer) => {
    restBytes += chunk.length;
    if (restBytes > restMaxBytes) stream.close(constants.NGHTTP2_NO_ERROR);
  });
  stream.resume();
}
