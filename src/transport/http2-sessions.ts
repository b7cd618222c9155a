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
import { afterReading, fairTimeout } from './after-reading.ts';
import { createHttp2Channel } from './http2-channel.ts';
import type { InFlight } from './in-flight.ts';
import { judgeHttp2Head, NO_PROXY, UNKNOWN_EXPECTATION } from './judge-head.ts';
import type { ClientRefusal } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The HTTP/2 side of a listener. */
export type Http2Sessions = {
  /** Serves a connection whose first bytes are HTTP/2's. */
  serve(socket: Socket): void;
  /** Tells all clients to go elsewhere; connections close when their requests are answered. */
  close(): void;
};

/** Creates it; its requests go to `inFlight`. */
export function createHttp2Sessions(options: { limits: ServeLimits; inFlight: InFlight }): Http2Sessions {
  const { limits, inFlight } = options;
  const sessions = new Set<Http2Session>();
  // A client is held to these once it has acknowledged them; until then node:http2's 64 KiB of headers hold.
  const settings = { maxConcurrentStreams: limits.streamsMax, maxHeaderListSize: limits.headersMaxBytes };
  const server = createServer({ settings });

  function handle(
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    { refusal, expectsContinue = false }: { refusal?: ClientRefusal; expectsContinue?: boolean } = {},
  ): void {
    const channel = createHttp2Channel(request, response, limits);
    const wrong = judgeHttp2Head(request) ?? refusal;
    inFlight.handle({ request, response, channel, refusal: wrong, expectsContinue });
  }
  server.on('request', (request, response) => handle(request, response));
  // Left to itself, node:http2 throws here at a client that resets the stream together with opening it.
  server.on('checkContinue', (request, response) => handle(request, response, { expectsContinue: true }));
  server.on('checkExpectation', (request, response) =>
    handle(request, response, { refusal: UNKNOWN_EXPECTATION }),
  );
  server.on('connect', (request, response) => handle(request, response, { refusal: NO_PROXY }));
  server.on('session', (session) => {
    sessions.add(session);
    // SETTINGS are the first frame of every client: without them this is no HTTP/2.
    const endPreface = fairTimeout(() => session.destroy(), limits.headersTimeoutMs);
    session.once('remoteSettings', endPreface);
    session.setTimeout(limits.keepAliveTimeoutMs, () => closeIfIdle(session));
    session.once('close', () => {
      endPreface();
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

function closeIfIdle(session: Http2Session): void {
  const { bytesRead } = session.socket;
  afterReading(() => {
    if (!session.destroyed && session.socket.bytesRead === bytesRead) session.close();
  });
}
