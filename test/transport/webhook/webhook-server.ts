// A real webhook listener on a free port, over a session service in memory.

import { onTestFinished } from 'vitest';
import type { ErrorType } from '../../../src/session/errors.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { checkCredential, WEBHOOK_CREDENTIAL } from '../../../src/transport/credential.ts';
import { createRpcHandler } from '../../../src/transport/rpc/rpc-handler.ts';
import type { FinishedExchange } from '../../../src/transport/server/http-exchange.ts';
import { type ServeOptions, serve } from '../../../src/transport/server/serve.ts';
import { createFindRoute } from '../../../src/transport/webhook/route-wire.ts';
import { type JsonAnswer, post, SECRET } from '../../support/running-app.ts';
import { unnamedSecrets } from '../../support/secrets.ts';
import { createMemorySessionService } from '../rpc/memory-session-service.ts';

/** Starts a listener that the test closes when it ends. */
export async function startWebhookServer(
  options: Pick<ServeOptions, 'budget' | 'limits' | 'onClientCut'> = {},
) {
  const service = createMemorySessionService();
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)) });
  const refused: ErrorType[] = [];
  const finished: FinishedExchange[] = [];
  const accepted = unnamedSecrets(SECRET);
  const receive = () => ({ wallMicros: 1_718_445_780_123_456n, monotonicMs: 42 });
  const handler = createRpcHandler({
    ...{ methods: [], routes: createFindRoute(service, { log, receive }) },
    gate: (headers) => checkCredential(headers, WEBHOOK_CREDENTIAL, { accepted, log }),
    receive,
    bodyMaxBytes: 1024 * 1024,
    answerMaxBytes: 4 * 1024 * 1024,
    log,
    onRefused: (errorType) => refused.push(errorType),
  });
  const server = await serve(
    {
      ...{ name: 'webhook', listen: { host: '127.0.0.1', port: 0 }, protocols: 'http1+http2' },
      servesOverload: true,
      onFinished: (exchange) => finished.push(exchange),
      ...options,
    },
    handler,
  );
  onTestFinished(() => server.destroy());
  const baseUrl = `http://${server.address}`;
  return {
    ...{ service, lines, refused, finished, baseUrl, address: server.address },
    persist: (body: object) => post(`${baseUrl}/webhook/cognigy/session`, body),
  };
}

/** Sends a request without a body. */
export async function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const response = await fetch(url, { method, headers: { 'x-api-key': SECRET, ...headers } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}
