// A real RPC listener on a free port, over a session service in memory.

import { onTestFinished } from 'vitest';
import type { Receipt } from '../../../src/service/session-service.ts';
import type { ErrorType } from '../../../src/session/errors.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { createCallRate } from '../../../src/transport/call-rate.ts';
import { createBearerGate } from '../../../src/transport/rpc/bearer-gate.ts';
import { exportRoute } from '../../../src/transport/rpc/export-stream.ts';
import { createIntrospection } from '../../../src/transport/rpc/introspection-routes.ts';
import { createRpcHandler } from '../../../src/transport/rpc/rpc-handler.ts';
import {
  createSessionMethods,
  SESSION_METHOD_NAMES,
  type SessionMethodName,
} from '../../../src/transport/rpc/session-methods.ts';
import type { ByteBudget } from '../../../src/transport/server/byte-budget.ts';
import type {
  FailedExchange,
  FinishedExchange,
} from '../../../src/transport/server/http-exchange.ts';
import { serve } from '../../../src/transport/server/serve.ts';
import type { ServeLimits } from '../../../src/transport/server/serve-limits.ts';
import { unnamedSecrets } from '../../support/secrets.ts';
import { createMemorySessionService, type MemorySessionService } from './memory-session-service.ts';

export type RpcServerOptions = {
  tokens?: readonly string[];
  onLoopback?: boolean;
  methods?: readonly SessionMethodName[];
  bodyMaxBytes?: number;
  answerMaxBytes?: number;
  limits?: Partial<ServeLimits>;
  budget?: ByteBudget;
  receive?: () => Receipt;
  /** Instead of one that begins without sessions. */
  service?: MemorySessionService;
};

/** Starts a listener that the test closes when it ends. */
export async function startRpcServer(options: RpcServerOptions = {}) {
  const { service = createMemorySessionService() } = options;
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)) });
  const refused: ErrorType[] = [];
  const finished: FinishedExchange[] = [];
  const failed: FailedExchange[] = [];
  const tokens = unnamedSecrets(...(options.tokens ?? []));
  const readiness = createReadiness();
  const closing = new AbortController();
  const { onLoopback = true, methods = SESSION_METHOD_NAMES, bodyMaxBytes = 1024 * 1024 } = options;
  const all = createSessionMethods(service, closing.signal);
  const introspection = createIntrospection({ readiness, closing: closing.signal });
  const rpc = createRpcHandler({
    methods: [...methods.map((name) => all[name]), ...introspection.methods],
    streams: [introspection.streams, exportRoute(service)],
    gate: createBearerGate({
      tokens: () => tokens,
      onLoopback,
      onUnixSocket: false,
      checkRate: createCallRate(),
      log,
    }),
    receive: options.receive ?? (() => ({ wallMicros: 1_718_445_780_123_456n, monotonicMs: 42 })),
    bodyMaxBytes,
    answerMaxBytes: options.answerMaxBytes ?? 4 * 1024 * 1024,
    log,
    onRefused: (errorType) => refused.push(errorType),
  });
  const server = await serve(
    {
      name: 'rpc',
      listen: { host: '127.0.0.1', port: 0 },
      protocols: 'http1+http2',
      limits: options.limits ?? {},
      ...(options.budget && { budget: options.budget }),
      servesOverload: true,
      onFinished: (exchange) => finished.push(exchange),
      onFailed: (exchange) => failed.push(exchange),
    },
    rpc,
  );
  onTestFinished(() => server.destroy());
  return {
    ...{ server, service, lines, refused, finished, failed, readiness, closing },
    address: server.address,
    baseUrl: `http://${server.address}`,
  };
}

function createReadiness() {
  const listeners = new Set<() => void>();
  let isReady = true;
  return {
    current: () => isReady,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    set(ready: boolean) {
      isReady = ready;
      for (const listener of listeners) listener();
    },
    listenerCount: () => listeners.size,
  };
}
