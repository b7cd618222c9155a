// The order desk: an internal service that knows what a customer said to the bot. It asks the sidecar in its own
// Pod, over the Connect protocol, which is plain HTTP with JSON; a gRPC client takes the same address.
//
//   GET  /orders/<sessionId>           the order that the session is about
//   POST /orders/<sessionId>/shipped   notes in the session that it was shipped, so that the bot can say so
//   GET  /healthz
//
// SESSION_SIDECAR_ADDRESS is 127.0.0.1:28051, or unix: and the path of a socket; the library chart sets it.

import { createServer, request } from 'node:http';
import { env } from 'node:process';

const SERVICE = 'cognigy.session.v1.SessionService';
const ANSWER_TIMEOUT_MS = 3000;
const { PORT = '8080', SESSION_SIDECAR_ADDRESS = '127.0.0.1:28051' } = env;

type Answer = { status: number; body: unknown };
type Restored = {
  session?: { variables?: Record<string, unknown>; context?: Record<string, unknown> };
};

const server = createServer((incoming, outgoing) => {
  answer(incoming.method ?? '', incoming.url ?? '')
    .catch((error: Error): Answer => ({ status: 503, body: { error: error.message } }))
    .then(({ status, body }) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
});
server.listen(Number(PORT));
process.on('SIGTERM', () => server.close());

async function answer(method: string, path: string): Promise<Answer> {
  if (path === '/healthz') return { status: 200, body: {} };
  const [, encodedId = '', shipped] = /^\/orders\/([^/]+)(\/shipped)?$/.exec(path) ?? [];
  const sessionId = decodeURIComponent(encodedId);
  if (method === 'GET' && sessionId && !shipped) return orderOf(sessionId);
  if (method === 'POST' && sessionId && shipped) return noteShipped(sessionId);
  return { status: 404, body: { error: 'there is no such route' } };
}

async function orderOf(sessionId: string): Promise<Answer> {
  const { status, body } = await call('Restore', { sessionId });
  if (status !== 200) return { status, body };
  const { variables, context } = (body as Restored).session ?? {};
  // Flows keep it in either.
  const { orderId, customerName, shipped = false } = { ...context, ...variables };
  return { status: 200, body: { sessionId, orderId, customerName, shipped } };
}

function noteShipped(sessionId: string): Promise<Answer> {
  // The same id at each attempt: a repetition is recognised and stored once.
  return call('Persist', {
    sessionId,
    updateId: 'order-desk-shipped',
    variables: { shipped: true },
  });
}

/** Calls a method of the sidecar. Rejects where it does not answer. */
function call(method: string, message: object): Promise<Answer> {
  const [, socketPath] = /^unix:(.+)$/.exec(SESSION_SIDECAR_ADDRESS) ?? [];
  const { hostname, port } = new URL(
    `http://${socketPath ? 'localhost' : SESSION_SIDECAR_ADDRESS}`,
  );
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...(socketPath ? { socketPath } : { port }),
      host: hostname,
      method: 'POST',
      path: `/${SERVICE}/${method}`,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      try {
        const body = JSON.parse((await response.toArray()).join(''));
        resolve({ status: response.statusCode ?? 503, body });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.end(JSON.stringify(message));
  });
}
