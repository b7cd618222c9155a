// HTTP/2 connections of a listener, with what node:http2 does not do by itself: a client that never
// completes its preface is cut, an idle one is told to go, and closing the listener tells all of
// them (GOAWAY), which closing an http2 server does not.

import {
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { afterReading, fairTimeout } from './after-reading.ts';
import { judgeHttp2Head, NO_PROXY, UNKNOWN_EXPECTATION } from './check-head.ts';
import { CountedHttp2Request, CountedHttp2Response } from './counted-exchange.ts';
import { createHttp2Channel } from './http2-channel.ts';
import type { InFlight } from './in-flight.ts';
import { peerOf } from './peer.ts';
import type { ClientRefusal } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The HTTP/2 side of a listener. */
export type Http2Sessions = {
  /** Serves a connection whose first bytes are HTTP/2's. */
  serve(socket: Socket): void;
  /** Tells all clients to go elsewhere; connections close when their requests are answered. */
  close(): void;
};

/** How node:http2 says that it ended a connection for what the client sent. */
const BAD_FRAMES: ReadonlySet<string | undefined> = new Set([
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_TOO_MANY_INVALID_FRAMES',
]);

/** Creates it; its requests go to `inFlight`. `onBadFrames` is called with the peer of a
 * connection that was ended for its frames: invalid, or too many of those that cost a server more
 * than a client. */
export function createHttp2Sessions(options: {
  limits: ServeLimits;
  inFlight: InFlight;
  onBadFrames: (peer: string) => void;
}): Http2Sessions {
  const { limits, inFlight, onBadFrames } = options;
  const sessions = new Set<Http2Session>();
  // A client is held to these once it has acknowledged them; until then node:http2's 64 KiB of
  // headers hold.
  const settings = {
    maxConcurrentStreams: limits.streamsMax,
    maxHeaderListSize: limits.headersMaxBytes,
  };
  const server = createServer({
    settings,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
    maxSessionInvalidFrames: limits.invalidFramesMax,
    maxSessionRejectedStreams: limits.rejectedStreamsMax,
    maxSettings: limits.settingsMax,
    Http2ServerRequest: CountedHttp2Request,
    Http2ServerResponse: CountedHttp2Response as typeof Http2ServerResponse,
  });

  function handle(
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    {
      refusal,
      expectsContinue = false,
    }: { refusal?: ClientRefusal; expectsContinue?: boolean } = {},
  ): void {
    const channel = createHttp2Channel(request, response, limits);
    const wrong = judgeHttp2Head(request) ?? refusal;
    inFlight.handle({ request, response, channel, refusal: wrong, expectsContinue });
  }
  server.on('request', (request, response) => handle(request, response));
  // Left to itself, node:http2 throws here at a client that resets the stream together with opening
  // it.
  server.on('checkContinue', (request, response) =>
    handle(request, response, { expectsContinue: true }),
  );
  server.on('checkExpectation', (request, response) =>
    handle(request, response, { refusal: UNKNOWN_EXPECTATION }),
  );
  server.on('connect', (request, response) => handle(request, response, { refusal: NO_PROXY }));
  server.on('session', (session) => {
    sessions.add(session);
    const peer = peerOf(session.socket);
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (BAD_FRAMES.has(error.code)) onBadFrames(peer);
    });
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
      // http.Server leaves connections half open, for HTTP/1.1. Here a client that has closed its
      // side reads no more, and an answer that waits for its window would wait for ever.
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
