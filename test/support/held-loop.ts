// How long one call of a running service holds its event loop. Client and service share one process
// here: what the client does is little, since it sends bytes that were made before, and does not
// look into the answers.

import { request as requestHttp1 } from 'node:http';
import { connect } from 'node:http2';
import { watchLoop } from './loop-watch.ts';
import { type RunningApp, SECRET, startTestApp } from './running-app.ts';

export const BODY_MAX_BYTES = 1024 * 1024;
/** The longest turn of the loop that is allowed. */
export const HELD_MAX_MS = 200;
/** Each request is sent up to so often until it was quick: the first compiles what the others
 * run, and a machine that is busy with other things slows all of them down. */
const TIMES_MAX = 8;

export type Answer = { status: number; grpcStatus?: number };
export type Wire = 'webhook' | 'connect-json' | 'connect-proto' | 'grpc';

const METHOD_PATH = '/cognigy.session.v1.SessionService/';
const CONTENT_TYPES = {
  webhook: 'application/json',
  'connect-json': 'application/json',
  'connect-proto': 'application/proto',
  grpc: 'application/grpc+proto',
};

function send(app: RunningApp, wire: Wire, path: string, body: Buffer): Promise<Answer> {
  return wire === 'grpc' ? sendGrpc(app, path, body) : sendHttp1(app, wire, path, body);
}

function sendHttp1(
  app: RunningApp,
  wire: Exclude<Wire, 'grpc'>,
  path: string,
  body: Buffer,
): Promise<Answer> {
  const url = wire === 'webhook' ? `${app.webhook}${path}` : `${app.rpc}${METHOD_PATH}${path}`;
  const headers = {
    'content-type': CONTENT_TYPES[wire],
    'content-length': body.length,
    'x-api-key': SECRET,
  };
  const method = body.length === 0 && wire === 'webhook' ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const request = requestHttp1(url, { method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    request.on('error', reject).end(body);
  });
}

function sendGrpc(app: RunningApp, path: string, body: Buffer): Promise<Answer> {
  const client = connect(app.rpc);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return new Promise<Answer>((resolve, reject) => {
    const stream = client.request({
      ':method': 'POST',
      ':path': METHOD_PATH + path,
      'content-type': CONTENT_TYPES.grpc,
      te: 'trailers',
    });
    let grpcStatus = Number.NaN;
    stream.on('response', (headers) => {
      grpcStatus = Number(headers['grpc-status']);
    });
    stream.on('trailers', (trailers) => {
      grpcStatus = Number(trailers['grpc-status']);
    });
    stream
      .resume()
      .on('end', () => resolve({ status: 200, grpcStatus }))
      .on('error', reject);
    stream.end(Buffer.concat([prefix, body]));
  }).finally(() => client.close());
}

export type WatchedApp = {
  app: RunningApp;
  /** Sends a request; gives its answer, and the longest turn of the loop. */
  heldBy(wire: Wire, path: string, body: Buffer): Promise<Answer & { heldMs: number }>;
  stop(): Promise<void>;
};

/** Starts the service, and watches the loop that it shares with its tests. */
export async function startWatchedApp(): Promise<WatchedApp> {
  const app = await startTestApp({ REQUEST_DEADLINE_MS: '20000' });
  const watch = watchLoop();
  return {
    app,
    async heldBy(wire, path, body) {
      let heldMs = Infinity;
      let answer: Answer = { status: 0 };
      for (let count = 0; count < TIMES_MAX && heldMs >= HELD_MAX_MS; count++) {
        watch.longestTurnMs();
        answer = await send(app, wire, path, body);
        heldMs = Math.min(heldMs, watch.longestTurnMs());
      }
      return { ...answer, heldMs };
    },
    stop() {
      watch.stop();
      return app.stop();
    },
  };
}
