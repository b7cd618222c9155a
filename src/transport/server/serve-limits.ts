// What a listener allows its clients. No setting changes these; each is a number with its reason.

/** Limits of one listener. */
export type ServeLimits = {
  /** Time for the first bytes of a connection, ms. */
  prefaceTimeoutMs: number;
  /** Time for a TLS handshake, ms. */
  handshakeTimeoutMs: number;
  /** Time for the headers of a request, or for the first frames of an HTTP/2 client, ms. */
  headersTimeoutMs: number;
  /** Time for a request from its first byte to its last, ms. */
  requestTimeoutMs: number;
  /** Time from a request to the moment its whole answer has been taken, ms. A stream that is
   * still being written is not held to it. */
  answerTimeoutMs: number;
  /** How long a connection without a request is kept, ms. */
  keepAliveTimeoutMs: number;
  /** How long a connection without a request is kept once shutting down has begun, ms. */
  lastRequestMs: number;
  /** How long the body of a request may take to arrive once shutting down has begun, ms. */
  lastBodyMs: number;
  /** How long a client may take to read its answer once shutting down has begun, ms. */
  lastAnswerMs: number;
  /** How often the times above are looked at, ms. */
  checkIntervalMs: number;
  /** Largest headers of a request, bytes. */
  headersMaxBytes: number;
  /** Bytes of a request that are read and dropped once it has been answered; above, its
   * connection is closed. */
  restMaxBytes: number;
  /** Requests being worked on at once; the next one is refused. One peer has at most three
   * quarters of them. */
  inFlightMax: number;
  /** Open connections; the next one is closed unread. One peer has at most three quarters of
   * them. */
  connectionsMax: number;
  /** Requests of one HTTP/2 connection at once; its client holds the next one back. */
  streamsMax: number;
  /** Requests that an HTTP/2 connection may reset at once, and per second from then on; more end
   * it. */
  streamResetBurst: number;
  streamResetsPerSecond: number;
  /** Invalid frames of an HTTP/2 connection; more end it. Empty DATA frames count. */
  invalidFramesMax: number;
  /** Requests above `streamsMax` of an HTTP/2 connection; more end it. */
  rejectedStreamsMax: number;
  /** Entries of a SETTINGS frame; more end the connection. */
  settingsMax: number;
};

export const SERVE_LIMITS: ServeLimits = {
  // A connection is opened to be used: even a slow network needs no more for the first packet.
  prefaceTimeoutMs: 5_000,
  // Two round trips and some arithmetic.
  handshakeTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  // A body of 1 MiB at 0.3 Mbit/s.
  requestTimeoutMs: 30_000,
  // An answer of 4 MiB at 0.3 Mbit/s.
  answerTimeoutMs: 120_000,
  // Longer than the 60 s after which common proxies drop a connection: the side that also sends
  // must be the one that closes, or a request meets a connection that is just being closed.
  keepAliveTimeoutMs: 75_000,
  // What a client sent before the port was closed arrives within a round trip.
  lastRequestMs: 100,
  // A body is small and under way already; nothing of it has been acted on, so its sender can send
  // it elsewhere.
  lastBodyMs: 1_000,
  // Clients must learn what was done: most of the grace that a process has by default
  // (SHUTDOWN_GRACE_MS).
  lastAnswerMs: 5_000,
  checkIntervalMs: 1_000,
  headersMaxBytes: 16 * 1024,
  // Reading on is cheaper for both than a new connection, but not without a limit: 16 bodies of the
  // default limit.
  restMaxBytes: 16 * 1024 * 1024,
  // A gateway alone gets 750 of them: 375 requests per second while each waits for its whole
  // deadline of 2 s, and 30 000 at the 25 ms of a busy store, which is more than one process does.
  inFlightMax: 1_000,
  // A gateway alone gets 7500. Proxies keep some hundreds.
  connectionsMax: 10_000,
  // Enough to fill inFlightMax from four clients, too few for one client to do it alone.
  streamsMax: 256,
  // Clients reset the calls whose deadline has passed: all streams of a connection at once, twice a
  // second, and four times that after a pause. Work that was begun stays in flight until it has
  // ended, so resets make no room for more.
  streamResetBurst: 1_024,
  streamResetsPerSecond: 512,
  // No client sends any; a broken proxy may send a few.
  invalidFramesMax: 100,
  // A client that has not read our settings yet may send all of its first requests at once.
  rejectedStreamsMax: 1_000,
  // HTTP/2 has seven, and a client may send some of its own.
  settingsMax: 32,
};
