// A listener on a free port, and clients that send it exactly the bytes of a test.

import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type {
  FailedExchange,
  FinishedExchange,
  Handler,
} from '../../../src/transport/server/http-exchange.ts';
import { type ServeOptions, serve } from '../../../src/transport/server/serve.ts';

/** Starts a listener that the test closes when it ends. */
export async function startListener(handler: Handler, options: Partial<ServeOptions> = {}) {
  const finished: FinishedExchange[] = [];
  const failed: FailedExchange[] = [];
  const server = await serve(
    {
      name: 'test',
      listen: { host: '127.0.0.1', port: 0 },
      protocols: 'http1+http2',
      onFinished: (exchange) => finished.push(exchange),
      onFailed: (exchange) => failed.push(exchange),
      ...options,
      limits: { checkIntervalMs: 20, ...options.limits },
    },
    handler,
  );
  onTestFinished(() => server.destroy());
  return { server, finished, failed, address: server.address, baseUrl: `http://${server.address}` };
}

/** Answers how the request came: `POST 1.1 abc`. */
export const echo: Handler = async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  response.end(`${request.method} ${request.httpVersion} ${body}`);
};

/** A handler whose answers wait for `release`; `arrived` resolves with the first request. */
export function createHeldHandler() {
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const handler: Handler = async (_request, response) => {
    arrived.resolve();
    await held.promise;
    response.end('answered');
  };
  return { handler, release: held.resolve, arrived: arrived.promise };
}

/** A connection that sends these bytes; `closed` resolves with all that came back. */
export function sendBytes(
  address: string,
  text: string | Buffer,
): { socket: Socket; closed: Promise<string> } {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  onTestFinished(() => void socket.destroy());
  if (text.length > 0) socket.write(text);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  return { socket, closed };
}

/** How long a connection is open, ms, until the other side has ended it. Rejects if it cannot be
 * opened. */
export async function openTimeOf(socket: Socket): Promise<number> {
  if (socket.connecting) await once(socket, 'connect');
  const openedMs = performance.now();
  await once(socket, 'close');
  return performance.now() - openedMs;
}

/** An HTTP/2 client. */
export function openHttp2(baseUrl: string) {
  const session = connectHttp2(baseUrl);
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  return session;
}

/** Sends a request on an HTTP/2 connection; resolves with the answer. */
export async function fetchHttp2(
  session: ReturnType<typeof openHttp2>,
  { path = '/', body = '' }: { path?: string; body?: string } = {},
): Promise<{ status: number; body: string }> {
  const stream = session.request({ ':path': path, ':method': 'POST' });
  stream.end(body);
  const status = new Promise<number>((resolve, reject) => {
    stream.once('response', (headers) => resolve(Number(headers[':status'])));
    stream.once('error', reject);
    // A stream that is refused without an error closes without an answer.
    stream.once('close', () => reject(new Error(`closed with ${stream.rstCode}`)));
  });
  status.catch(() => {});
  const chunks = await stream.setEncoding('utf8').toArray();
  return { status: await status, body: chunks.join('') };
}
