// The HTTP server under every listener, with Deno's habits: serve(options, handler) resolves once
// it listens and gives { address, finished, shutdown() }.
//
// One port serves HTTP/1.1 and, where asked, HTTP/2. Without TLS the first bytes of a connection
// decide which (sniff-first-bytes.ts), over TLS the client names it in the handshake
// (tls-connections.ts); from there on both are served alike. An http.Server is the listener in
// every case, since only it enforces the deadlines for headers and bodies; HTTP/2 has its own
// (http2-sessions.ts).
//
// Shutting down, in order: the port is closed; HTTP/2 clients receive GOAWAY and
// HTTP/1.1 clients learn that the connection ends with the answer (`Connection: close`); what was on its
// way has a moment to arrive, and the connections that are without a request then are cut, since
// nobody waits for them; requests in flight are answered, to the last byte. A client is waited for
// only so long (serve-limits.ts): for the rest of a body, which is then refused, and for reading an
// answer. A handler may take as long as it needs: the caller has a limit for the whole process, and
// destroy() cuts what is left.
//
// net.Server's close() is used where http.Server has its own, because that one destroys every
// connection whose handler has called end(), also while the answer is still on its way: a large
// answer would arrive cut off.

import { type Socket, Server as TcpServer } from 'node:net';
import type { ListenAddress } from '../../listen-address.ts';
import { Refusal, type RefusalReason } from '../../session/errors.ts';
import { errorAnswer } from '../error-answer.ts';
import { afterReading, fairTimeout } from './after-reading.ts';
import { bindListener } from './bind-listener.ts';
import { type ByteBudget, createByteBudget, processBudgetBytes } from './byte-budget.ts';
import { createFairShares } from './fair-shares.ts';
import {
  type ClientCut,
  type ExchangeHooks,
  type Handler,
  UNMATCHED_ROUTE,
} from './http-exchange.ts';
import { createHttp1Server } from './http1-server.ts';
import { createHttp2Sessions } from './http2-sessions.ts';
import { createInFlight } from './in-flight.ts';
import { peerOf } from './peer.ts';
import { createFailureReport } from './report-failure.ts';
import { SERVE_LIMITS, type ServeLimits } from './serve-limits.ts';
import { httpProtocolOf, sniffFirstBytes } from './sniff-first-bytes.ts';
import {
  createTlsConnections,
  type HandshakeFailure,
  type ListenerTls,
} from './tls-connections.ts';

/** What a listener is. */
export type ServeOptions = {
  /** Name of the listener, as metrics and logs have it. */
  name: string;
  listen: ListenAddress;
  /** `http1+http2`: both on the same port. */
  protocols: 'http1' | 'http1+http2';
  /** TLS, and nothing else, on that port; it always serves both versions. Undefined: plain text. */
  tls?: ListenerTls | undefined;
  /** Names of which a client's certificate must have one; undefined: any. */
  clientNames?: readonly string[] | undefined;
  /** Called when a TLS handshake fails. */
  onHandshakeFailed?: (failure: HandshakeFailure) => void;
  /** What differs from SERVE_LIMITS. */
  limits?: Partial<ServeLimits>;
  /** The memory for requests and answers under way, which all listeners of a process share.
   * Without it the listener has a budget of its own. */
  budget?: ByteBudget;
} & ExchangeHooks;

/** A server that listens. */
export type Served = {
  /** `127.0.0.1:28051`, `[::1]:28051` or `unix:/run/session.sock`, with the port that was bound. */
  address: string;
  /** Resolves when the last connection is closed. Never rejects. */
  finished: Promise<void>;
  /** Refuses new work, answers what is in flight; resolves with `finished`. May be called again. */
  shutdown(): Promise<void>;
  /** Cuts every connection, answered or not. Shuts down if that has not begun. */
  destroy(): void;
};

/**
 * Listens, and hands every request to the handler. Rejects with the system's error (EADDRINUSE, EACCES) if it
 * cannot listen. A unix socket that nobody listens on any more is replaced.
 *
 * ```ts
 * const server = await serve(
 *   { name: 'admin', listen: { host: '127.0.0.1', port: 0 }, protocols: 'http1' },
 *   ({ respond }) => respond({ status: 200, headers: {}, body: 'hello' }),
 * );
 * await server.shutdown();
 * ```
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Served> {
  const limits = { ...SERVE_LIMITS, ...options.limits };
  const failures = createFailureReport(options);
  const { contain } = failures;
  const onRefused = (reason: RefusalReason) => contain(() => options.onRefused?.(reason));
  const budget = options.budget ?? createByteBudget({ limitBytes: processBudgetBytes() });
  const onClientCut = (cut: ClientCut) => contain(() => options.onClientCut?.(cut));
  const refuse = refuseOverload(limits, onRefused);
  const inFlight = createInFlight({
    ...{ ...options, limits, budget, failures, onRefused },
    handler: (exchange) =>
      exchange.hasPlace || options.servesOverload ? handler(exchange) : refuse(exchange),
  });
  const { server, serveHttp1 } = createHttp1Server({ limits, inFlight, failures, onRefused });
  const onBadFrames = (peer: string) => onClientCut({ cause: 'http2_frames', peer });
  const http2 = createHttp2Sessions({ limits, inFlight, onBadFrames });

  let draining = false;
  const connections = new Set<Socket>();
  // Those of HTTP/2 have a session, which says itself when it is idle.
  const withoutSession = new Set<Socket>();
  const serveBy = (protocol: 'http1' | 'http2', socket: Socket) => {
    if (protocol === 'http1') return serveHttp1(socket);
    // It is too late for a GOAWAY.
    if (draining) return socket.destroy();
    withoutSession.delete(socket);
    http2.serve(socket);
  };
  const secure =
    options.tls &&
    createTlsConnections({
      tls: options.tls,
      clientNames: options.clientNames,
      limits,
      contain,
      onFailed: (failure) => options.onHandshakeFailed?.(failure),
      onRefused,
      serve(socket, { protocol, carrier }) {
        // From here on requests come by the secure socket, which closes the one below when it is
        // closed.
        withoutSession.delete(carrier);
        withoutSession.add(socket);
        socket.once('close', () => withoutSession.delete(socket));
        serveBy(protocol, socket);
      },
    });
  const open = createFairShares(limits.connectionsMax);
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    if (!open.fits(peer, 1)) {
      socket.destroy();
      return onClientCut({ cause: 'connections', peer });
    }
    open.add(peer, 1);
    connections.add(socket);
    withoutSession.add(socket);
    // What serves it listens for errors as well; between two of them an error would end the
    // process.
    socket.on('error', () => {});
    socket.once('close', () => {
      open.add(peer, -1);
      connections.delete(socket);
      withoutSession.delete(socket);
    });
    contain(() => serveConnection(socket));
  });

  const address = await bindListener(server, options.listen);
  // Accepting can fail (too many open files) without ending the listener.
  server.on('error', (error) => failures.report({ route: UNMATCHED_ROUTE, error }));
  const cutOverdue = () => afterReading(inFlight.cutOverdue);
  const overdue = setInterval(cutOverdue, limits.checkIntervalMs).unref();
  const finished = new Promise<void>((resolve) => {
    server.once('close', () => {
      clearInterval(overdue);
      // Ends http.Server's own checks, which net.Server's close() leaves running; they guard the
      // drain too.
      server.close(() => {});
      resolve();
    });
  });

  function serveConnection(socket: Socket): void {
    if (secure) secure.serve(socket);
    else if (options.protocols === 'http1') serveHttp1(socket);
    else {
      sniffFirstBytes(socket, {
        timeoutMs: limits.prefaceTimeoutMs,
        protocolOf: httpProtocolOf,
        serve: (protocol) => contain(() => serveBy(protocol, socket)),
      });
    }
  }

  const drain = () => {
    if (draining) return;
    draining = true;
    TcpServer.prototype.close.call(server);
    inFlight.drain();
    http2.close();
    // A client may have sent a request before it could know: cut at once, it would not learn what
    // became of it.
    fairTimeout(() => {
      const busy = inFlight.connections();
      for (const socket of withoutSession) if (!busy.has(socket)) socket.destroySoon();
    }, limits.lastRequestMs);
  };
  return {
    address,
    finished,
    shutdown: () => {
      drain();
      return finished;
    },
    destroy: () => {
      drain();
      for (const socket of connections) socket.destroy();
    },
  };
}

function refuseOverload(
  { inFlightMax }: ServeLimits,
  onRefused: (reason: RefusalReason) => void,
): Handler {
  return ({ respond }) => {
    onRefused('overloaded');
    const limit = `at most ${inFlightMax} requests are served at once, fewer for one client`;
    return respond(errorAnswer(new Refusal('overloaded', `${limit}; try again in a second`)));
  };
}
