// Requests of HTTP/1.1, one after the other on a connection.
//
// A request may be answered before its body has arrived. The rest of the body lies between the
// client and its next request: up to a limit it is read and dropped, so that the next request is
// reached and the client, which may send everything before it reads anything, gets its answer.
// Beyond the limit the connection is closed. A connection that is to be closed after such an answer
// is kept for a moment, for the same reason: closed with bytes unread, it would be reset, and the
// answer lost.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { ByteAccount } from './byte-budget.ts';
import { type AnswerState, type Channel, endWith, isWhole, writeChunks } from './channel.ts';
import { type Answer, bodyBytes, bytesOf } from './http-exchange.ts';
import { peerOf } from './peer.ts';
import { LAST_WORDS_MS } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** A request of HTTP/1.1. */
export type Http1Channel = Channel & { readonly connection: Socket };

/** The channels of a server's connections. */
export type Http1Channels = {
  /** The channel of a request that has just come; undefined if it comes after one whose answer
   * closes the connection: it must not be executed. */
  open(request: IncomingMessage, response: ServerResponse): Http1Channel | undefined;
  /** The channel of the latest request on a connection. */
  latestOn(connection: Socket): Http1Channel | undefined;
  /** The channels on a connection whose answers have not ended, in the order of their requests. */
  unansweredOn(connection: Socket): readonly Http1Channel[];
};

type Trailers = Parameters<ServerResponse['addTrailers']>[0];
type Connection = { latest?: Http1Channel; unanswered: Http1Channel[]; isClosing: boolean };

/** Creates the channels of one server. */
export function createHttp1Channels({
  restMaxBytes,
}: Pick<ServeLimits, 'restMaxBytes'>): Http1Channels {
  const connections = new WeakMap<Socket, Connection>();

  return {
    latestOn: (socket) => connections.get(socket)?.latest,
    unansweredOn: (socket) => connections.get(socket)?.unanswered ?? [],
    open(request, response) {
      const connection = connectionOf(request.socket);
      if (connection.isClosing) return undefined;
      const channel = new ConnectionTurn(connection, request, response);
      connection.latest = channel;
      connection.unanswered.push(channel);
      // Too long to be read on to the next request: the client learns it with the answer, whatever
      // that is.
      if (Number(request.headers['content-length']) > restMaxBytes) channel.closeAfterAnswer();
      // At the end of the answer, and before node:http reads on without any limit.
      response.on('prefinish', () => {
        if (!request.complete) dropRestOfBody(request, restMaxBytes);
      });
      return channel;
    },
  };

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known) return known;
    const connection: Connection = { unanswered: [], isClosing: false };
    connections.set(socket, connection);
    // By this method node:http ends a connection whose last answer was sent.
    socket.destroySoon = () => closeWhenRead(socket, connection.latest?.hasArrived());
    return connection;
  }
}

class ConnectionTurn implements Http1Channel {
  readonly connection: Socket;
  readonly peer: string;
  readonly #response: ServerResponse;
  readonly #state: Connection;
  readonly #request: IncomingMessage;

  constructor(state: Connection, request: IncomingMessage, response: ServerResponse) {
    this.connection = request.socket;
    this.peer = peerOf(request.socket);
    this.#response = response;
    this.#state = state;
    this.#request = request;
    // It fails with its connection alone, whose end is followed. Without a listener that would end
    // the process.
    response.on('error', ignore);
  }

  hasArrived(): boolean {
    return this.#request.complete;
  }

  sendContinue(): void {
    this.#response.writeContinue();
  }

  closeAfterAnswer(): void {
    // A request behind this one would not be answered any more.
    if (this.#response.headersSent || this.#state.latest !== this) return;
    this.#state.isClosing = true;
    this.#response.setHeader('connection', 'close');
  }

  get answer(): AnswerState {
    return this.#response;
  }

  send({ status, headers, body, trailers }: Answer, account: ByteAccount): void | Promise<void> {
    const response = this.#response;
    if (response.destroyed) return;
    if (isWhole(body) && !trailers) {
      response.writeHead(status, { ...headers, 'content-length': bodyBytes(body ?? '') });
      endWith(response, body ?? '');
      account.noteUntaken(response.writableLength, true);
      return;
    }
    response.writeHead(status, headers);
    const chunks = isWhole(body) ? [bytesOf(body ?? '')] : body;
    const finish = () => void (trailers && response.addTrailers(trailers() as Trailers));
    return writeChunks(response, chunks, { account, finish });
  }

  onClosed(listener: () => void): void {
    this.#response.on('close', listener);
  }

  ended(): void {
    const { unanswered } = this.#state;
    unanswered.splice(unanswered.indexOf(this), 1);
  }

  cut(): boolean {
    this.connection.destroy();
    return this.#response.writableFinished;
  }
}

/** Closes the connection once what was written has been sent; if the client is within a body,
 * also not before it has had a moment to read the answer. */
export function closeWhenRead(connection: Socket, hasArrived = true): void {
  if (hasArrived) {
    Socket.prototype.destroySoon.call(connection);
    return;
  }
  connection.end();
  const timer = setTimeout(() => connection.destroy(), LAST_WORDS_MS);
  connection.once('close', () => clearTimeout(timer));
}

function ignore(): void {}

function dropRestOfBody(request: IncomingMessage, restMaxBytes: number): void {
  const { socket } = request;
  // Of the connection, since a body in chunks of a byte has many bytes that are no body.
  const untilBytes = socket.bytesRead + restMaxBytes;
  request.removeAllListeners('readable').removeAllListeners('data');
  request.on('data', () => {
    if (socket.bytesRead > untilBytes) socket.destroy();
  });
  request.resume();
}
