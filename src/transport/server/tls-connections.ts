// TLS in front of a listener: a connection comes in, makes its handshake, and becomes a
// secure socket, which is served by its ALPN protocol. What is served there does not concern TLS.
//
// A certificate that has been exchanged is shown to the connections that come after it; those that
// exist keep the one that they began with. Where clients show certificates, none resumes an
// earlier session: TLS would take it on what was verified back then, though the certificate has
// ended or its CA been exchanged since.
//
// Callers without TLS receive an error in plain text, which any HTTP client shows.

import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { RefusalReason } from '../../session/errors.ts';
import { afterReading } from './after-reading.ts';
import { hasName } from './client-names.ts';
import { clientRefusal, refuseConnection } from './refuse-connection.ts';
import type { FailureReport } from './report-failure.ts';
import type { ServeLimits } from './serve-limits.ts';
import { sniffFirstBytes, tlsProtocolOf } from './sniff-first-bytes.ts';

/** The certificates of a listener. */
export type ListenerTls = {
  /** PEM texts that serve: certificate and key, and the CA that every client's certificate must
   * come from, or none. The same object until any of them has changed; whether there is a CA never
   * changes. */
  current(): { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

/** Why a TLS handshake failed, as a short code. */
export type HandshakeFailure = { reason: string };

export type TlsConnections = {
  /** Serves a connection that nothing has been read from. */
  serve(socket: Socket): void;
};

/** The cipher suites of TLS 1.2, each with forward secrecy (ECDHE) and authenticated encryption
 * (AEAD), before them those of TLS 1.3, all of which have both. Without forward secrecy, who
 * gets the key later can read what was recorded before; suites in CBC mode are open to padding
 * attacks. */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
].join(':');

/** `serve` is called once the handshake is done, with the socket below TLS as `carrier`. What the
 * callbacks throw is contained. */
export function createTlsConnections(options: {
  tls: ListenerTls;
  /** Names of which a client's certificate must have one; undefined: any. */
  clientNames?: readonly string[] | undefined;
  limits: ServeLimits;
  contain: FailureReport['contain'];
  onRefused: (reason: RefusalReason) => void;
  serve: (socket: TLSSocket, established: { protocol: 'http1' | 'http2'; carrier: Socket }) => void;
  onFailed: (failure: HandshakeFailure) => void;
}): TlsConnections {
  const { tls, clientNames, limits, contain, serve, onFailed, onRefused } = options;
  let inUse = tls.current();
  const server: Server = createServer({
    ...contextOptionsOf(inUse),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: limits.handshakeTimeoutMs,
    requestCert: inUse.ca !== undefined,
    rejectUnauthorized: true,
  });
  // By the ends of the connection, which both know: node:tls does not say which socket is below
  // a secure one.
  const carriers = new Map<string, Socket>();
  const secured = new WeakSet<Socket>();

  server.on('secureConnection', (socket) => {
    const carrier = carriers.get(endsOf(socket));
    // Its client is gone already.
    if (carrier === undefined) return socket.destroy();
    if (clientNames && !hasName(socket, clientNames)) {
      contain(() => onFailed({ reason: 'the certificate has no accepted name' }));
      return socket.destroy();
    }
    // A client that names none is served by HTTP/1.1; one that says something else has been refused.
    secured.add(socket);
    const protocol = socket.alpnProtocol === 'h2' ? 'http2' : 'http1';
    contain(() => serve(socket, { protocol, carrier }));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const fail = () => {
      contain(() => onFailed({ reason: reasonOf(error, socket) }));
      socket.destroy();
    };
    if (error.code !== 'ERR_TLS_HANDSHAKE_TIMEOUT') return fail();
    afterReading(() => {
      if (!secured.has(socket)) fail();
    });
  });

  function shakeHands(socket: Socket): void {
    const material = tls.current();
    if (material !== inUse) {
      server.setSecureContext(contextOptionsOf(material));
      inUse = material;
    }
    const ends = endsOf(socket);
    carriers.set(ends, socket);
    socket.once('close', () => {
      // The next connection may have the same ends already.
      if (carriers.get(ends) === socket) carriers.delete(ends);
    });
    // A client that closes its side within the handshake is gone; http.Server would have the
    // connection stay.
    socket.allowHalfOpen = false;
    server.emit('connection', socket);
  }

  return {
    serve(socket) {
      sniffFirstBytes(socket, {
        timeoutMs: limits.prefaceTimeoutMs,
        protocolOf: tlsProtocolOf,
        serve: (protocol) => contain(() => begin(socket, protocol)),
      });
    },
  };

  function begin(socket: Socket, protocol: 'tls' | 'plain'): void {
    if (protocol === 'tls') {
      shakeHands(socket);
      return;
    }
    onFailed({ reason: 'plain text' });
    onRefused('invalid');
    refuseConnection(
      socket.resume(),
      clientRefusal(400, 'This port uses TLS alone. Call it by https.'),
    );
  }
}

function contextOptionsOf(material: ReturnType<ListenerTls['current']>): SecureContextOptions {
  const { SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_TICKET } = constants;
  const forResuming = material.ca === undefined ? 0 : SSL_OP_NO_TICKET;
  return {
    ...material,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    secureOptions: SSL_OP_NO_RENEGOTIATION | forResuming,
  };
}

function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

function reasonOf(error: NodeJS.ErrnoException, socket: TLSSocket): string {
  // What verifying the client's certificate came to; the error then only says that the connection
  // ended.
  return String(socket.authorizationError || error.code || error.message);
}
