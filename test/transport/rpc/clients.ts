// The clients of connect-node, one per protocol, HTTP version and format.

import { type Client, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { onTestFinished } from 'vitest';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';

/** Every way to call, by name. */
export const TRANSPORTS: Record<string, (baseUrl: string) => Transport> = {
  'gRPC over HTTP/2': (baseUrl) =>
    createGrpcTransport({ baseUrl, sessionManager: sessionManager(baseUrl) }),
  'gRPC-Web over HTTP/1.1': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  'gRPC-Web over HTTP/2': (baseUrl) =>
    createGrpcWebTransport({ baseUrl, httpVersion: '2', sessionManager: sessionManager(baseUrl) }),
  'Connect JSON over HTTP/1.1': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  'Connect binary over HTTP/1.1': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true }),
  'Connect JSON over HTTP/2': (baseUrl) =>
    createConnectTransport({
      ...{
        baseUrl,
        httpVersion: '2',
        useBinaryFormat: false,
        sessionManager: sessionManager(baseUrl),
      },
    }),
  'Connect JSON by GET': (baseUrl) =>
    createConnectTransport({
      baseUrl,
      httpVersion: '1.1',
      useBinaryFormat: false,
      useHttpGet: true,
    }),
};

export function grpcTransport(baseUrl: string): Transport {
  return createGrpcTransport({ baseUrl, sessionManager: sessionManager(baseUrl) });
}

export function grpcClient(baseUrl: string): Client<typeof SessionService> {
  return createClient(SessionService, grpcTransport(baseUrl));
}

/** Connect with JSON. */
export function connectClient(baseUrl: string): Client<typeof SessionService> {
  return createClient(
    SessionService,
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  );
}

function sessionManager(baseUrl: string): Http2SessionManager {
  const manager = new Http2SessionManager(baseUrl);
  onTestFinished(() => manager.abort());
  return manager;
}
