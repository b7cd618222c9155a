// Two servers with the same methods behind them: our listener, and connect-node as it comes. Each
// call meets the same one session, whatever was called before.

import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Interceptor } from '@connectrpc/connect';
import { compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node';
import { onTestFinished } from 'vitest';
import { createIntrospection } from '../../src/transport/rpc/introspection-routes.ts';
import { carryCall } from '../../src/transport/rpc/routed-call.ts';
import { routerMethods } from '../../src/transport/rpc/router-methods.ts';
import { createSessionMethods } from '../../src/transport/rpc/session-methods.ts';
import type { ByteAccount } from '../../src/transport/server/byte-budget.ts';
import { connectErrorFrom } from '../../src/transport/wires/rpc-error.ts';
import {
  createMemorySessionService,
  type MemorySessionService,
  withTexts,
} from '../transport/rpc/memory-session-service.ts';
import { startRpcServer } from '../transport/rpc/rpc-server.ts';

/** The largest message that both take, bytes. */
export const MESSAGE_MAX_BYTES = 16 * 1024;
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

const RECEIPT = { wallMicros: 0n, monotonicMs: 0 };

/** The session that every call finds. */
const SEED = {
  ...{ updateId: '', inputId: '', lockToken: '', ifMatch: '', timestamp: '', sequence: 0n },
  ...{ removedVariables: [], removedContext: [], replace: [] },
  ...{ ttlSeconds: undefined, ttlMode: '' },
  sessionId: 'session-1',
  userId: 'user-1',
  flowId: 'checkout',
  variables: [
    { key: 'name', json: '"Ada"' },
    { key: 'nested', json: '{"a":[1,2.5,null,true,{"b":"漢"}]}' },
  ],
  context: [{ key: 'step', json: '9007199254740991' }],
  history: [{ nodeId: 'node-1', timestamp: '2026-01-02T03:04:05.678Z' }],
};

/** The lock that somebody holds. */
const LOCK = { sessionId: 'locked-1', token: '', ttlMs: 0, waitMs: 0 };

/** What a call of a method was made with. */
export type MethodCall = { method: string; command: unknown };

/** Where a server listens for each version of HTTP, and the calls that reached its service. */
export type ServerUnderTest = {
  addresses: Record<'HTTP/1.1' | 'HTTP/2', string>;
  calls: MethodCall[];
};

/** Our listener. */
export async function startOurs(): Promise<ServerUnderTest> {
  const { service, calls } = createRecordedService();
  const { address } = await startRpcServer({ bodyMaxBytes: MESSAGE_MAX_BYTES, service });
  return { addresses: { 'HTTP/1.1': address, 'HTTP/2': address }, calls };
}

/** connect-node's own adapter, with the limits of ours. */
export async function startReference(): Promise<ServerUnderTest> {
  const { service, calls } = createRecordedService();
  const closing = new AbortController();
  const readiness = { current: () => true, subscribe: () => () => {} };
  const introspection = createIntrospection({ readiness, closing: closing.signal });
  const methods = Object.values(createSessionMethods(service, closing.signal));
  const routes = [routerMethods([...methods, ...introspection.methods]), introspection.streams];
  const adapter = connectNodeAdapter({
    routes: (router) => {
      for (const addRoutes of routes) addRoutes(router);
    },
    interceptors: [refusalsAsErrors],
    readMaxBytes: MESSAGE_MAX_BYTES,
    writeMaxBytes: ANSWER_MAX_BYTES,
    acceptCompression: [compressionGzip],
    compressMinBytes: Number.MAX_SAFE_INTEGER,
    jsonOptions: { ignoreUnknownFields: false },
    contextValues: ({ headers }) =>
      carryCall({ headers, receive: () => RECEIPT, account: UNLIMITED, refused() {} }),
  });
  const [http1, http2] = await Promise.all([
    listen(createServer(adapter)),
    listen(createHttp2Server(adapter)),
  ]);
  return { addresses: { 'HTTP/1.1': http1, 'HTTP/2': http2 }, calls };
}

/** The reference has no budget of memory. */
const UNLIMITED: ByteAccount = {
  chargeChunk: () => true,
  chargeReading: () => true,
  chargeExpanded() {},
  reserveAnswer() {},
  noteUntaken() {},
  hasStalled: () => false,
  keep() {},
  release() {},
};

/** The methods throw refusals, which only our handler knows. */
const refusalsAsErrors: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    throw connectErrorFrom(error);
  }
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A service that begins each call with the same session and the same lock, and records the call. */
function createRecordedService(): { service: MemorySessionService; calls: MethodCall[] } {
  const calls: MethodCall[] = [];
  const service = new Proxy(createMemorySessionService(), {
    get(target, name: keyof MemorySessionService) {
      if (typeof target[name] !== 'function') return target[name];
      return async ({ receipt, signal, ...command }: { receipt: unknown; signal?: unknown }) => {
        calls.push({ method: name, command: withTexts(command) });
        const fresh = createMemorySessionService();
        await fresh.persist({ ...SEED, receipt: RECEIPT });
        await fresh.lock({ ...LOCK, receipt: RECEIPT, signal: AbortSignal.abort() });
        const method = fresh[name] as (command: object) => unknown;
        return method({ receipt, signal, ...command });
      };
    },
  });
  return { service, calls };
}
