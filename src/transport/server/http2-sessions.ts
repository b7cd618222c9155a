// HTTP/2 connections of a listener, with what node:http2 does not do by itself: a client that never
// completes its preface is cut, an idle one is closed, and closing the listener sends all of them
// GOAWAY, which closing an http2 server does not.

import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { afterReading, fairTimeout } from './after-reading.ts';
import { checkHttp2Head, NO_PROXY, UNKNOWN_EXPECTATION } from './check-head.ts';
import { countStream } from './counted-body.ts';
import type { RequestHead } from './http-exchange.ts';
import { Http2Channel } from './http2-channel.ts';
import type { InFlight } from './in-flight.ts';
import { peerOf } from './peer.ts';
import type { ClientRefusal } from './refuse-connection.ts';
import type { ServeLimits } from './serve-limits.ts';

/** The HTTP/2 side of a listener. */
export type Http2Sessions = {
  /** Serves a connection whose first bytes are HTTP/2's. */
  serve(socket: Socket): void;
  /** Sends GOAWAY to all clients; connections close when their requests are answered. */
  close(): void;
};

const CONTINUE = '100-continue';

/** How node:http2 says that it ended a connection for what the client sent. */
const BAD_FRAMES: ReadonlySet<string | undefined> = new Set([
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_TOO_MANY_INVALID_FRAMES',
]);

/** Creates it; its requests go to `inFlight`. `onBadFrames` is called
 * with the peer of a connection that was ended for its frames: invalid, or too many of those that
 * cost a server more than a client. */
export function createHttp2Sessions(options: {
  limits: ServeLimits;
  inFlight: InFlight;
  onBadFrames: (peer: string) => void;
}): Http2Sessions {
  const { limits, inFlight, onBadFrames } = options;
  /** With the peer of each, which takes long to ask for. */
  const sessions = new Map<Http2Session, string>();
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
  });

  // Requests are taken as streams: Node's compatibility layer, which makes them look like those of
  // HTTP/1.1, costs as much as the rest of a call.
  server.on('stream', (opened, headers) => {
    const stream = opened as ServerHttp2Stream;
    const peer =
      sessions.get(stream.session as Http2Session) ?? peerOf({ remoteAddress: undefined });
    const head = headOf(headers);
    const { restMaxBytes } = limits;
    inFlight.handle({
      head,
      body: countStream(stream),
      channel: new Http2Channel(stream, { peer, method: head.method, restMaxBytes }),
      refusal: refusalOf(headers),
      expectsContinue: headers.expect === CONTINUE,
    });
  });
  server.on('session', (session) => {
    const peer = peerOf(session.socket);
    sessions.set(session, peer);
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (BAD_FRAMES.has(error.code)) onBadFrames(peer);
    });
    // SETTINGS are the first frame of every client: without them this is no HTTP/2.
    const endPreface = fairTimeout(() => session.destroy(), limits.headersTimeoutMs);
    session.once('remoteSettings', endPreface);
    closeWhenIdle(session, limits.keepAliveTimeoutMs);
    session.once('close', () => {
      endPreface();
      sessions.delete(session);
    });
  });
  return {
    serve(socket) {
      // http.Server leaves connections half open, for HTTP/1.1. Here a client that has closed its
      // side reads no more, and an answer that waits for its window would wait forever.
      socket.allowHalfOpen = false;
      // A client that has not read its answers does not close its side, and node:http2 would wait.
      socket.once('finish', () => {
        socket.once(
          'close',
          fairTimeout(() => socket.destroy(), limits.lastAnswerMs),
        );
      });
      server.emit('connection', socket);
    },
    close: () => {
      for (const session of sessions.keys()) session.close();
    },
  };
}

function headOf(headers: IncomingHttpHeaders): RequestHead {
  const { ':method': method = '', ':path': target = '' } = headers;
  return { method, target, headers, isHttp2: true };
}

/** What is wrong with the head of a request. */
function refusalOf(headers: IncomingHttpHeaders): ClientRefusal | undefined {
  if (headers[':method'] === constants.HTTP2_METHOD_CONNECT) return NO_PROXY;
  const { expect } = headers;
  return (
    checkHttp2Head(headers) ??
    (expect === undefined || expect === CONTINUE ? undefined : UNKNOWN_EXPECTATION)
  );
}

function closeWhenIdle(session: Http2Session, timeoutMs: number): void {
  session.setTimeout(timeoutMs);
  // Not the callback of setTimeout(), which is called for the first timeout alone.
  session.on('timeout', () => {
    const { bytesRead } = session.socket;
    afterReading(() => {
      if (session.destroyed) return;
      if (session.socket.bytesRead === bytesRead) session.close();
      else session.setTimeout(timeoutMs);
    });
  });
}
