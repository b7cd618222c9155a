// The listeners, each with what it serves:
//
//   webhook   what Cognigy flows call: WebhookService, over Connect and by its second names; also
//             Persist and Restore of SessionService; the only listener for an ingress; may be off
//   rpc       gRPC, gRPC-Web and Connect for internal services; health; reflection; the session
//             page, if it is on
//   admin     metrics and health checks

import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from './config.ts';
import { isLoopback, type ListenAddress } from './listen-address.ts';
import { type ReadinessParts, readinessChecks } from './readiness-checks.ts';
import type { Receipt, SessionService } from './service/session-service.ts';
import type { Telemetry } from './telemetry/metrics.ts';
import type { Listener, TlsListener } from './telemetry/process-metrics-table.ts';
import { createRequestMetrics } from './telemetry/request-metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { createAdminHandler } from './transport/admin/admin-handler.ts';
import { type CheckCallRate, createCallRate } from './transport/call-rate.ts';
import { checkCredential, WEBHOOK_CREDENTIAL } from './transport/credential.ts';
import { createBearerGate, createCurrentCaller } from './transport/rpc/bearer-gate.ts';
import { exportRoute } from './transport/rpc/export-stream.ts';
import { createIntrospection, reflectionRoutes } from './transport/rpc/introspection-routes.ts';
import { createRpcHandler } from './transport/rpc/rpc-handler.ts';
import { createSessionMethods } from './transport/rpc/session-methods.ts';
import { watchRoute } from './transport/rpc/watch-stream.ts';
import {
  type ByteBudget,
  createByteBudget,
  processBudgetBytes,
} from './transport/server/byte-budget.ts';
import type { Handler } from './transport/server/http-exchange.ts';
import { type Served, type ServeOptions, serve } from './transport/server/serve.ts';
import { tracedHandler } from './transport/server/traced-handler.ts';
import { createConnectMethods, DESCRIBED_SERVICES } from './transport/webhook/connect-methods.ts';
import { withHealthPages } from './transport/webhook/health-pages.ts';
import { createFindRoute } from './transport/webhook/route-wire.ts';

/** The largest message that gRPC clients accept by default. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
/** A value of two bytes in JSON ("1,") takes eleven in google.protobuf.Struct; real values grow far
 * less. */
const ANSWER_GROWTH = 8;

type ListenerParts = ReadinessParts &
  Telemetry & {
    service: SessionService;
    receive: () => Receipt;
    /** Undefined: requests are not traced. */
    tracing: Tracing | undefined;
  };

/** Why a request is refused. */
type Reason = Parameters<Tracing['refused']>[0];

/** With what all listeners share: the memory budget for requests and answers in flight, and the
 * rates of callers. */
type Parts = ListenerParts & { budget: ByteBudget; checkRate: CheckCallRate };

/** The listeners that were opened. */
export type Listeners = { webhook: Served | undefined; rpc: Served; admin: Served };

/** Opens the listeners, admin last: when it answers, the others are open too, so applications that
 * depend on the service can wait for it. If one cannot be opened, all are closed again. */
export async function startListeners(given: ListenerParts): Promise<Listeners> {
  const budget = createByteBudget({ limitBytes: processBudgetBytes() });
  const { metrics } = given;
  metrics.bufferedLimit.set(budget.limitBytes);
  metrics.onExposition(() => metrics.buffered.set(budget.heldBytes()));
  const parts: Parts = { ...given, budget, checkRate: createCallRate() };
  const served: Served[] = [];
  const start = async (listening: Promise<Served>) => {
    const listener = await listening;
    served.push(listener);
    return listener;
  };
  const { webhook } = parts.config.listen;
  try {
    return {
      rpc: await start(serveRpc(parts)),
      webhook: webhook && (await start(serveWebhook(parts, webhook))),
      admin: await start(serveAdmin(parts)),
    };
  } catch (error) {
    await Promise.all(served.map((listener) => listener.shutdown()));
    throw error;
  }
}

function serveWebhook(parts: Parts, listen: ListenAddress): Promise<Served> {
  const { config, log, closing, service, receive, checkRate } = parts;
  const { bodyMaxBytes } = config;
  const gate = (headers: IncomingHttpHeaders) => {
    const accepted = config.secrets.webhook();
    const caller = checkCredential(headers, WEBHOOK_CREDENTIAL, { accepted, log });
    checkRate(caller);
    return caller;
  };
  const { persist, restore } = createSessionMethods(service, closing);
  const handler = createRpcHandler({
    ...{ gate, receive, bodyMaxBytes, log, onRefused: countRefused(parts) },
    answerMaxBytes: answerMaxBytesOf(config),
    methods: [...createConnectMethods(service, log), persist, restore],
    streams: [reflectionRoutes(DESCRIBED_SERVICES, closing)],
    routes: createFindRoute(service, { log, receive }),
  });
  const options = { ...optionsOf('webhook', listen, parts), servesOverload: true };
  return listenOrFail(options, withHealthPages(tracedIn(parts, options, handler), closing));
}

async function serveRpc(parts: Parts): Promise<Served> {
  const { config, log, readiness, closing, service, receive, checkRate } = parts;
  const onLoopback = isLoopback(config.listen.rpc);
  const introspection = createIntrospection({ readiness, closing });
  const currentCaller = createCurrentCaller({ tokens: config.secrets.rpc, log });
  const rpc = createRpcHandler({
    methods: [...Object.values(createSessionMethods(service, closing)), ...introspection.methods],
    streams: [
      introspection.streams,
      watchRoute(service, { closing, currentCaller }),
      exportRoute(service),
    ],
    gate: createBearerGate({
      tokens: config.secrets.rpc,
      onLoopback,
      onUnixSocket: 'path' in config.listen.rpc,
      checkRate,
      log,
    }),
    receive,
    bodyMaxBytes: config.bodyMaxBytes,
    answerMaxBytes: answerMaxBytesOf(config),
    log,
    onRefused: countRefused(parts),
  });
  const options = { ...optionsOf('rpc', config.listen.rpc, parts), servesOverload: true };
  const handler = tracedIn(parts, options, rpc);
  if (!config.isSessionPageServed) return listenOrFail(options, handler);
  // Imported only now, because most processes have no page.
  const { withSessionPage } = await import('./transport/page/session-page.ts');
  return listenOrFail(options, withSessionPage(handler, { onLoopback }));
}

function serveAdmin(parts: Parts): Promise<Served> {
  const { config, metrics } = parts;
  const admin = createAdminHandler({
    metrics,
    onLoopback: isLoopback(config.listen.admin),
    readinessChecks: () => readinessChecks(parts),
  });
  return listenOrFail(optionsOf('admin', config.listen.admin, parts), admin);
}

/** A listener cannot be opened; `cause` is the system's error. */
export class ListenFailure extends Error {
  override readonly name = 'ListenFailure';
  readonly listener: string;
  readonly listen: ListenAddress;

  constructor({ name, listen }: ServeOptions, cause: unknown) {
    super(`the ${name} listener cannot be opened`, { cause });
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

/** Large enough for the largest session. */
function answerMaxBytesOf({ session }: Config): number {
  return Math.max(ANSWER_MAX_BYTES, ANSWER_GROWTH * session.sessionMaxBytes);
}

/** Counts what is refused, by reason. */
function countRefused({ metrics, tracing }: Pick<ListenerParts, 'metrics' | 'tracing'>) {
  const count = (error_type: Reason) => metrics.errors.inc({ error_type });
  if (!tracing) return count;
  return (errorType: Reason) => {
    count(errorType);
    tracing.refused(errorType);
  };
}

/** The handler of a listener, which traces its requests where traces are on. */
function tracedIn({ tracing }: Parts, { tls }: ServeOptions, handler: Handler): Handler {
  return tracing ? tracedHandler(handler, { tracing, isTls: tls !== undefined }) : handler;
}

function optionsOf(
  name: Listener,
  listen: ListenAddress,
  { config, log, metrics, tracing, budget }: Parts,
): ServeOptions {
  const requests = createRequestMetrics(metrics, name);
  return {
    name,
    listen,
    protocols: name === 'admin' ? 'http1' : 'http1+http2',
    ...(name === 'admin' ? {} : tlsOptionsOf(name, { config, log, metrics })),
    onStarted: requests.started,
    onFinished: requests.finished,
    onRefused: countRefused({ metrics, tracing }),
    budget,
    onClientCut: ({ cause, peer }) => {
      metrics.clientsCut.inc({ listener: name, cause });
      // A client that was disconnected may connect again at once.
      log
        .rarely(`cut for ${cause}`)
        .warn('a client met a limit', { listener: name, limit: cause, peer });
    },
    onFailed: ({ route, error }) => {
      metrics.errors.inc({ error_type: 'internal' });
      log.error('a request failed', { listener: name, route, error });
    },
  };
}

function tlsOptionsOf(
  name: TlsListener,
  { config, log, metrics }: Pick<ListenerParts, 'config' | 'log' | 'metrics'>,
): Pick<ServeOptions, 'tls' | 'clientNames' | 'onHandshakeFailed'> {
  return {
    tls: config.tls[name],
    clientNames: name === 'rpc' ? config.rpcClientNames : undefined,
    onHandshakeFailed: ({ reason }) => {
      metrics.tlsHandshakeFailures.inc({ listener: name });
      // Port scans cause these too, so only some of them are logged.
      log.rarely(`TLS of ${name}`).info('a TLS handshake failed', { listener: name, reason });
    },
  };
}
