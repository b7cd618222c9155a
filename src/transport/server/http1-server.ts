// node:http's server, held to the limits of a listener. It listens for all protocols; the function
// that makes it serve a connection is taken out of it, so that the listener can look at the first
// bytes before.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { RefusalReason } from '../../session/errors.ts';
import { afterReading, fairTimeout } from './after-reading.ts';
import { checkHttp1Head, NO_PROXY, UNKNOWN_EXPECTATION } from './check-head.ts';
import { clientErrorRefusal, REQUEST_TIMEOUT } from './client-error.ts';
import { CountedRequest } from './counted-body.ts';
import { closeWhenRead, createHttp1Channels } from './http1-channel.ts';
import type { InFlight } from './in-flight.ts';
import { type ClientRefusal, refuseConnection } from './refuse-connection.ts';
import type { FailureReport } from './report-failure.ts';
import type { ServeLimits } from './serve-limits.ts';

/** A server that serves no connection by itself, and the function that serves one. */
export type Http1Server = { server: Server; serveHttp1: (socket: Socket) => void };

/** Creates the server; its requests go to `inFlight`. */
export function createHttp1Server(options: {
  limits: ServeLimits;
  inFlight: InFlight;
  failures: FailureReport;
  onRefused: (reason: RefusalReason) => void;
}): Http1Server {
  const { limits, inFlight, failures, onRefused } = options;
  const channels = createHttp1Channels(limits);
  /** Connections that were refused, or will be once earlier requests are answered. */
  const refused = new WeakSet<Socket>();
  const server = createServer({
    IncomingMessage: CountedRequest,
    maxHeaderSize: limits.headersMaxBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    // TCP's own probes find the peers that are gone without a word.
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveTimeoutMs,
    // The host is checked with the rest of the head, so that the refusal is JSON.
    requireHostHeader: false,
  });
  const [serveConnection] = server.listeners('connection');
  if (!serveConnection) throw new Error('node:http has no connection listener to take over');
  server.removeAllListeners('connection');

  const contain = failures.contain;
  server.on('request', (request, response) => handle(request, response));
  server.on('checkContinue', (request, response) => handle(request, response, 'continue'));
  server.on('checkExpectation', (request, response) => handle(request, response, 'unknown'));
  server.on('connect', (request) => contain(() => refuse(request.socket, NO_PROXY)));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const refusal = clientErrorRefusal(error.code, limits);
    contain(() =>
      error.code === REQUEST_TIMEOUT ? refuseIfLate(socket, refusal) : refuse(socket, refusal),
    );
  });
  // A connection without a request was idle for too long. Without a listener node:http closes it at
  // once.
  server.on('timeout', (socket) => {
    const { bytesRead } = socket;
    afterReading(() => {
      if (socket.bytesRead === bytesRead) socket.destroy();
    });
  });
  const serveHttp1 = (socket: Socket) => {
    serveConnection.call(server, socket);
    // By itself node:http takes the records of TLS from below the stream, which continues while it
    // has paused its parser: what arrives then would be taken for a bad request. A listener for
    // data makes it read from the stream.
    if (socket instanceof TLSSocket) socket.on('data', () => {});
  };
  return { server, serveHttp1 };

  function handle(
    request: IncomingMessage,
    response: ServerResponse,
    expects?: 'continue' | 'unknown',
  ): void {
    const channel = channels.open(request, response);
    if (!channel) return;
    const refusal =
      checkHttp1Head(request) ?? (expects === 'unknown' ? UNKNOWN_EXPECTATION : undefined);
    const { method = '', url: target = '', headers } = request;
    inFlight.handle({
      head: { method, target, headers, isHttp2: false },
      // The class that this server was created with.
      body: request as CountedRequest,
      channel,
      refusal,
      expectsContinue: expects === 'continue',
    });
  }

  /** Refuses what cannot be read, once the requests before it on the connection are answered:
   * else the refusal would be taken for the answer to one of them. */
  function refuse(socket: Socket, refusal: ClientRefusal): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    const latest = channels.latestOn(socket);
    // The rest of a body whose request was answered, or is just being: nobody waits for another
    // answer.
    if (latest && !latest.hasArrived() && latest.answer.headersSent) {
      closeWhenRead(socket, false);
      return;
    }
    const say = () => {
      if (!socket.writable) return void socket.destroy();
      onRefused(refusal.reason);
      refuseConnection(socket, refusal);
    };
    const before = channels.unansweredOn(socket).filter((channel) => channel.hasArrived());
    const last = before.at(-1);
    if (last) last.onClosed(() => contain(say));
    else say();
  }

  /** Refuses a request that is late, if the rest of it has not arrived by now. node:http looks at
   * each request once. */
  function refuseIfLate(socket: Socket, refusal: ClientRefusal): void {
    const late = channels.latestOn(socket);
    const isWithinBody = late?.hasArrived() === false;
    afterReading(() => {
      const latest = channels.latestOn(socket);
      if (isWithinBody ? !late.hasArrived() : latest === late)
        return contain(() => refuse(socket, refusal));
      const refuseLateBody = () => latest?.hasArrived() || contain(() => refuse(socket, refusal));
      if (latest?.hasArrived() === false) fairTimeout(refuseLateBody, limits.requestTimeoutMs);
    });
  }
}
