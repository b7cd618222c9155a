// Makes connections with TLS. ioredis can do that itself, with options that are the same for all
// connections of a client; here each connection uses the current certificates, and asks for the name
// of its own server. All connections of a client are made here, including those that read the map of
// a cluster.

import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import type { ConnectionOptions, StoreTls } from './topology.ts';

type Material = ReturnType<StoreTls['current']>;
type Address = { host: string; port: number; disconnectTimeout: number };

/** Making one costs more than a handshake. */
const contexts = new WeakMap<Material, SecureContext>();

const reached = new WeakSet<object>();

/** Options that make a client use TLS; none where `tls` is undefined. The server is always verified,
 * even if Node's environment turns verification off (NODE_TLS_REJECT_UNAUTHORIZED). */
export function tlsClientOptions({
  tls,
  tlsServerName,
}: Pick<ConnectionOptions, 'tls' | 'tlsServerName'>): Pick<RedisOptions, 'tls' | 'Connector'> {
  if (tls === undefined) return {};

  class TlsConnector extends AbstractConnector {
    readonly #address: Address;

    constructor(options: unknown) {
      const address = options as Address;
      super(address.disconnectTimeout);
      this.#address = address;
    }

    async connect(): Promise<TLSSocket> {
      this.connecting = true;
      // The client may disconnect in the turn in which it was created.
      await new Promise(process.nextTick);
      if (!this.connecting) throw new Error('Connection is closed.');
      const stream = this.#start();
      this.stream = stream;
      stream.once('connect', () => reached.add(stream));
      // The client listens for one error. A handshake that is given up half-way may emit two, and
      // an error without a listener ends the process.
      stream.on('error', (error) => {
        this.firstError ??= error;
      });
      return stream;
    }

    #start(): TLSSocket {
      const { host, port } = this.#address;
      const name = tlsServerName || host;
      return connect({
        host,
        port,
        secureContext: contextOf((tls as StoreTls).current()),
        rejectUnauthorized: true,
        checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
        // Servers may choose their certificate by it. An address is not allowed there.
        servername: isIP(name) ? '' : name,
      });
    }
  }
  // With any `tls` the client waits for the handshake.
  return { tls: {}, Connector: TlsConnector };
}

/** Whether the server accepted the connection, even if the handshake failed. */
export function isReached(stream: object): boolean {
  return reached.has(stream);
}

function contextOf(material: Material): SecureContext {
  const context = contexts.get(material) ?? createSecureContext(material);
  contexts.set(material, context);
  return context;
}
