// A listener with TLS on a free port, and clients that send it exactly the bytes of a test.

import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { ServeOptions } from '../../../src/transport/server/serve.ts';
import type { IssuedCertificate } from '../../support/certificates.ts';
import { type NodeHandler, startListener } from './listener.ts';

type Material = { ca?: string; cert?: string; key?: string };

/** Starts a listener that shows this certificate; `rotate` exchanges what it shows and asks for. */
export async function startTlsListener(
  handler: NodeHandler,
  material: Material,
  options: Partial<ServeOptions> = {},
) {
  let standing = material;
  const failures: string[] = [];
  const listener = await startListener(handler, {
    tls: { current: () => standing },
    onHandshakeFailed: ({ reason }) => failures.push(reason),
    ...options,
  });
  return {
    ...listener,
    baseUrl: `https://${listener.address}`,
    /** Why handshakes failed. */
    failures,
    rotate: (next: Material) => {
      standing = next;
    },
  };
}

/** What a listener is started with. */
export function materialOf({ cert, key }: IssuedCertificate, ca?: string): Material {
  return { cert, key, ...(ca !== undefined && { ca }) };
}

/** A secure connection that sends these bytes once it stands; `closed` resolves with all that
 * came back. */
export function sendSecureBytes(
  address: string,
  text: string,
  options: ConnectionOptions & { allowHalfOpen?: boolean },
): { socket: TLSSocket; closed: Promise<string>; secured: Promise<unknown> } {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), ...options });
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  const secured = once(socket, 'secureConnect');
  secured.then(() => text && socket.write(text)).catch(() => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  return { socket, closed, secured };
}

/** An HTTP/2 client that trusts this authority. */
export function openSecureHttp2(baseUrl: string, options: ConnectionOptions) {
  const session = connectHttp2(baseUrl, options);
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  return session;
}
