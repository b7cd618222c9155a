// A listener on a free port, and clients that send it exactly the bytes of a test.

import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type {
  Exchange,
  FailedExchange,
  FinishedExchange,
  Handler,
} from '../../../src/transport/server/http-exchange.ts';
import { type ServeOptions, serve } from '../../../src/transport/server/serve.ts';

/** A handler in the style of node:http, whose answer may be written bit by bit. */
export type NodeHandler = (
  request: Readable & { method: string; url: string; headers: Exchange['head']['headers'] },
  response: NodeResponse,
  exchange: Exchange,
) => unknown;

export type NodeResponse = {
  writeHead(status: number, headers?: Record<string, string | number>): void;
  write(chunk: string | Buffer): void;
  end(chunk?: string | Buffer): void;
};

/** The same as a listener takes it. */
export function nodeStyle(handler: NodeHandler): Handler {
  return async (exchange) => {
    const { method, target: url, headers } = exchange.head;
    const head: Parameters<Exchange['respond']>[0] = { status: 200, headers: {} };
    let chunks: PassThrough | undefined;
    const response: NodeResponse = {
      writeHead: (status, more = {}) => void Object.assign(head, { status, headers: more }),
      write(chunk) {
        if (!chunks) {
          chunks = new PassThrough();
          void exchange.respond({ ...head, body: chunks });
        }
        chunks.write(chunk);
      },
      end(chunk = '') {
        if (chunks) chunks.end(chunk);
        else void exchange.respond({ ...head, body: chunk });
      },
    };
    const request = Object.defineProperties(exchange.body, {
      method: { value: method },
      url: { value: url },
      headers: { value: headers },
    });
    await handler(request as Parameters<NodeHandler>[0], response, exchange);
  };
}

/** Starts a listener that the test closes when it ends. */
export function startListener(handler: NodeHandler, options: Partial<ServeOptions> = {}) {
  return startServing(nodeStyle(handler), options);
}

/** The same for a handler as a listener takes it. */
export async function startServing(handler: Handler, options: Partial<ServeOptions> = {}) {
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
export const echo: NodeHandler = async (request, response, { head }) => {
  const body = Buffer.concat(await request.toArray()).toString();
  response.end(`${request.method} ${head.isHttp2 ? '2.0' : '1.1'} ${body}`);
};

/** A handler whose answers wait for `release`; `arrived` resolves with the first request. */
export function createHeldHandler() {
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const handler: NodeHandler = async (_request, response) => {
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

/** How long it takes, ms, until the other side has ended a connection that was just begun. Its end
 * is timed there from later on. Rejects if it cannot be opened. */
export async function openTimeOf(socket: Socket): Promise<number> {
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
