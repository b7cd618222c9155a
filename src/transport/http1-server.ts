// node:http's server, held to the limits of a listener. It listens for all protocols; the function that makes
// it serve a connection is taken out of it, so that the listener can look at the first bytes before.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientRefusal, refuseConnection } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** A server that serves no connection by itself, and the function that serves one. */
export type Http1Server = { server: Server; serveHttp1: (socket: Socket) => void };

/** Creates the server. `hasBegun` says whether an answer to this connection's request is on its way. */
export function createHttp1Server(options: {
  limits: ServeLimits;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  hasBegun: (socket: Socket) => boolean;
}): Http1Server {
  const { limits, onRequest, hasBegun } = options;
  const server = createServer(
    {
      maxHeaderSize: limits.headersMaxBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      // TCP's own probes find the peers that are gone without a word.
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveTimeoutMs,
    },
    onRequest,
  );
  server.maxConnections = limits.connectionsMax;
  const [serveConnection] = server.listeners('connection');
  if (!serveConnection) throw new Error('node:http has no connection listener to take over');
  server.removeAllListeners('connection');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Half an answer cannot be turned into an error any more.
    if (!socket.writable || hasBegun(socket)) socket.destroy();
    else refuseConnection(socket, refusalOf(error.code, limits));
  });
  return { server, serveHttp1: (socket) => serveConnection.call(server, socket) };
}

function refusalOf(errorCode: string | undefined, limits: ServeLimits): ClientRefusal {
  switch (errorCode) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'resource_exhausted',
        reason: 'too_large',
        message: `The headers exceed ${limits.headersMaxBytes} bytes. Send fewer or shorter headers.`,
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        status: 413,
        code: 'resource_exhausted',
        reason: 'too_large',
        message: 'The chunk extensions of the body are too large.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        code: 'invalid_argument',
        reason: 'invalid',
        message: `The request was not complete in time: headers within ${limits.headersTimeoutMs} ms, all of it within ${limits.requestTimeoutMs} ms.`,
      };
    default:
      return {
        status: 400,
        code: 'invalid_argument',
        reason: 'invalid',
        message: 'This is not an HTTP request that can be understood.',
      };
  }
}
