// HTTP/2 connections of a listener, with what node:http2 does not do by itself: a client that never completes
// its preface is cut, an idle one is told to go, and closing the listener tells all of them (GOAWAY), which
// closing an http2 server does not.

import {
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { HttpRequest, HttpResponse } from './http-exchange.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The HTTP/2 side of a listener. */
export type Http2Sessions = {
  /** Serves a connection whose first bytes are HTTP/2's. */
  serve(socket: Socket): void;
  /** Tells all clients to go elsewhere; connections close when their requests are answered. */
  close(): void;
};

export function createHttp2Sessions(
  limits: ServeLimits,
  onRequest: (request: HttpRequest, response: HttpResponse) => void,
): Http2Sessions {
  const sessions = new Set<Http2Session>();
  const server = createServer(
    // A client is held to these once it has acknowledged them; until then node:http2's 64 KiB of headers hold.
    { settings: { maxConcurrentStreams: limits.streamsMax, maxHeaderListSize: limits.headersMaxBytes } },
    onRequest as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  );
  server.on('session', (session) => {
    sessions.add(session);
    // SETTINGS are the first frame of every client: without them this is no HTTP/2.
    const preface = setTimeout(() => session.destroy(), limits.headersTimeoutMs);
    session.once('remoteSettings', () => clearTimeout(preface));
    session.setTimeout(limits.keepAliveTimeoutMs, () => session.close());
    session.once('close', () => {
      clearTimeout(preface);
      sessions.delete(session);
    });
  });
  return {
    serve(socket) {
      // http.Server leaves connections half open, for HTTP/1.1. Here a client that has closed its side reads no
      // more, and an answer that waits for its window would wait for ever.
      socket.allowHalfOpen = false;
      server.emit('connection', socket);
    },
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}
