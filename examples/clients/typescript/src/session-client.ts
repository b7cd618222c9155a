// A client of the service, and what its errors say.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { codeFromString } from '@connectrpc/connect/protocol-connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  type RefusalInfo,
  RefusalInfoSchema,
  SessionService,
} from '../gen/cognigy/session/v1/session_service_pb.ts';

// Longer than the service's own deadline, so that its answer arrives, also to a second attempt.
export const DEADLINE_MS = 5000;

export type SessionClient = Client<typeof SessionService> & { close(): void };

/** Connects to the service. The token is in RPC_TOKEN; with the certificate of an authority in the
 * file RPC_TLS_CA the connection uses TLS. */
export function connectTo(address: string): SessionClient {
  const { RPC_TOKEN: token, RPC_TLS_CA: authority } = process.env;
  const baseUrl = `${authority ? 'https' : 'http'}://${address}`;
  const nodeOptions = authority ? { ca: readFileSync(authority) } : {};
  const sessionManager = new Http2SessionManager(baseUrl, {}, nodeOptions);
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    defaultTimeoutMs: DEADLINE_MS,
    interceptors: [retry, ...(token ? [bearer(token)] : [])],
  });
  const client = createClient(SessionService, transport);
  return { ...client, close: () => sessionManager.abort() };
}

/** What the service says about an error; undefined if the error is not the service's. */
export function refusalOf(error: unknown): RefusalInfo | undefined {
  return ConnectError.from(error).findDetails(RefusalInfoSchema)[0];
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}

// Connect does not read service configs: what is repeated, and on which codes, is read here.
const CONFIG = '../proto/cognigy/session/v1/session_service_grpc_service_config.json';
const { methodConfig } = JSON.parse(
  readFileSync(new URL(CONFIG, import.meta.url), 'utf8'),
) as ServiceConfig;

type ServiceConfig = {
  methodConfig: {
    name: { method: string }[];
    retryPolicy?: { maxAttempts: number; initialBackoff: string; retryableStatusCodes: string[] };
  }[];
};

/** Repeats a call until its deadline, at most as often as the service config allows. */
const retry: Interceptor = (next) => async (request) => {
  const policy = methodConfig.find(({ name }) =>
    name.some(({ method }) => method === request.method.name),
  )?.retryPolicy;
  if (!policy) return next(request);
  const codes = policy.retryableStatusCodes.map((code) => codeFromString(code.toLowerCase()));
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      if (attempt === policy.maxAttempts || !codes.includes(ConnectError.from(error).code))
        throw error;
      const backoffMs = Number.parseFloat(policy.initialBackoff) * 1000 * 2 ** (attempt - 1);
      await pause(backoffMs * Math.random(), undefined, { signal: request.signal });
    }
  }
};
