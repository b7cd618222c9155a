// The three listeners, each with what it serves:
//
//   webhook   what Cognigy flows call; Persist and Restore over Connect beside it; the one for an ingress
//   rpc       gRPC, gRPC-Web and Connect for internal services; health; reflection
//   admin     metrics and health checks

import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from './config.ts';
import type { Receipt, SessionService } from './service/session-service.ts';
import type { StoreReadiness } from './store/store-readiness.ts';
import type { Logger } from './telemetry/log.ts';
import type { Listener, Metrics } from './telemetry/metrics.ts';
import { createAdminHandler } from './transport/admin/admin-handler.ts';
import { checkCredential, WEBHOOK_CREDENTIAL } from './transport/credential.ts';
import type { Handler } from './transport/http-exchange.ts';
import { isLoopback, type ListenAddress } from './transport/listen-address.ts';
import { createBearerGate } from './transport/rpc/bearer-gate.ts';
import { introspectionRoutes } from './transport/rpc/introspection-routes.ts';
import { warmUpRules } from './transport/rpc/request-rules.ts';
import { createRpcHandler } from './transport/rpc/rpc-handler.ts';
import { SESSION_METHOD_NAMES, sessionRoutes } from './transport/rpc/session-routes.ts';
import { type Served, type ServeOptions, serve } from './transport/serve.ts';
import { createWebhookHandler } from './transport/webhook/webhook-handler.ts';

/** What gRPC clients take by default. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
/** A value of two bytes in JSON ("1,") has eleven in google.protobuf.Struct; real ones grow far less. */
const ANSWER_GROWTH = 8;

export type ListenerParts = {
  config: Config;
  log: Logger;
  metrics: Metrics;
  readiness: StoreReadiness;
  /** What endangers what the store holds, a line each. */
  storeWarnings: () => readonly string[];
  /** What keeps flow definitions from being in force, a line each. */
  flowFailures: () => readonly string[];
  /** Aborted when shutting down begins. */
  closing: AbortSignal;
  service: SessionService;
  receive: () => Receipt;
};

/** Starts all three, admin first, so that probes see the others come. If one cannot listen, none is left. */
export async function startListeners(parts: ListenerParts): Promise<Record<Listener, Served>> {
  const served: Served[] = [];
  try {
    for (const listen of [serveAdmin, serveRpc, serveWebhook]) served.push(await listen(parts));
  } catch (error) {
    await Promise.all(served.map((listener) => listener.shutdown()));
    throw error;
  }
  const [admin, rpc, webhook] = served as [Served, Served, Served];
  return { admin, rpc, webhook };
}

function serveWebhook(parts: ListenerParts): Promise<Served> {
  const { config, log, metrics, closing, service, receive } = parts;
  const { bodyMaxBytes } = config;
  const gate = (headers: IncomingHttpHeaders) =>
    checkCredential(headers, WEBHOOK_CREDENTIAL, { accepted: config.secrets.webhook(), log });
  const common = { gate, receive, bodyMaxBytes, log, onRefused: metrics.refused };
  const connect = createRpcHandler({
    ...common,
    answerMaxBytes: answerMaxBytesOf(config),
    routes: [sessionRoutes(service, { names: ['persist', 'restore'], closing })],
  });
  const webhook = createWebhookHandler({ ...common, service });
  const each =
    (ofConnect: Handler, ofWebhook: Handler): Handler =>
    (request, response, exchange) =>
      (connect.serves(request) ? ofConnect : ofWebhook)(request, response, exchange);
  return listenOrFail(
    { ...optionsOf('webhook', parts), overloaded: each(connect.overloaded, webhook.overloaded) },
    each(connect.handle, webhook.handle),
  );
}

function serveRpc(parts: ListenerParts): Promise<Served> {
  const { config, log, metrics, readiness, closing, service, receive } = parts;
  const onLoopback = isLoopback(config.listen.rpc);
  warmUpRules();
  const rpc = createRpcHandler({
    routes: [
      sessionRoutes(service, { names: SESSION_METHOD_NAMES, closing }),
      introspectionRoutes({ readiness, closing }),
    ],
    gate: createBearerGate({
      tokens: config.secrets.rpc,
      onLoopback,
      onUnixSocket: 'path' in config.listen.rpc,
      log,
    }),
    receive,
    bodyMaxBytes: config.bodyMaxBytes,
    answerMaxBytes: answerMaxBytesOf(config),
    log,
    onRefused: metrics.refused,
  });
  return listenOrFail({ ...optionsOf('rpc', parts), overloaded: rpc.overloaded }, rpc.handle);
}

function serveAdmin(parts: ListenerParts): Promise<Served> {
  const { config, metrics, readiness, storeWarnings, flowFailures, closing } = parts;
  const admin = createAdminHandler({
    metrics,
    readinessChecks: () => {
      const reason = readiness.reason();
      const warnings = storeWarnings();
      const store = {
        name: 'store',
        ok: readiness.current(),
        ...(reason && { reason }),
        ...(warnings.length > 0 && { warnings }),
      };
      // A definition that cannot be used is no reason to take no updates.
      const failures = flowFailures();
      const flows = { name: 'flows', ok: true, ...(failures.length > 0 && { warnings: failures }) };
      const serving = {
        name: 'serving',
        ok: !closing.aborted,
        ...(closing.aborted && { reason: 'shutting down' }),
      };
      return config.flowsDir === undefined ? [store, serving] : [store, flows, serving];
    },
  });
  return listenOrFail(optionsOf('admin', parts), admin);
}

/** A listener that cannot be had; `cause` is the system's error. */
export class ListenFailure extends Error {
  override readonly name = 'ListenFailure';
  readonly listener: string;
  readonly listen: ListenAddress;

  constructor({ name, listen }: ServeOptions, cause: unknown) {
    super(`the ${name} listener cannot be had`, { cause });
    this.listener = name;
    this.listen = listen;
  }
}

async function listenOrFail(options: ServeOptions, handler: Handler): Promise<Served> {
  try {
    return await serve(options, handler);
  } catch (error) {
    throw new ListenFailure(options, error);
  }
}

/** Whatever a session may hold can be answered. */
function answerMaxBytesOf({ session }: Config): number {
  return Math.max(ANSWER_MAX_BYTES, ANSWER_GROWTH * session.sessionMaxBytes);
}

function optionsOf(name: Listener, { config, log, metrics }: ListenerParts): ServeOptions {
  return {
    name,
    listen: config.listen[name],
    protocols: name === 'admin' ? 'http1' : 'http1+h2c',
    onStarted: () => metrics.requestStarted(name),
    onFinished: (finished) => metrics.requestFinished(name, finished),
    onFailed: ({ route, error }) => {
      metrics.refused('internal');
      log.error('a request failed', { listener: name, route, error });
    },
  };
}
