// The clients of a browser, which run on fetch.

import {
  createRegistry,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  toJson,
} from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { file_cognigy_session_v1_session_service } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { file_grpc_health_v1_health } from '../../src/gen/grpc/health/v1/health_pb.ts';
import type { Client } from './client-call.ts';
import { detailsByType, type SentDetail } from './error-details.ts';

const SERVICES = createRegistry(
  file_cognigy_session_v1_session_service,
  file_grpc_health_v1_health,
);

const TRANSPORTS: Record<string, (baseUrl: string) => Transport> = {
  connect: (baseUrl) => createConnectTransport({ baseUrl }),
  'connect by GET': (baseUrl) => createConnectTransport({ baseUrl, useHttpGet: true }),
  'grpc-web': (baseUrl) => createGrpcWebTransport({ baseUrl }),
};

/** connect-web in one of these ways. */
export function webClient(way: string): Client {
  return async ({ url, method: path, request, headers }) => {
    const [serviceName = '', name] = path.split('/');
    const method = SERVICES.getService(serviceName)?.methods.find((each) => each.name === name);
    const transport = TRANSPORTS[way]?.(url);
    if (!method || !transport) throw new Error(`connect-web cannot call ${path} by ${way}`);
    const { input, output } = method;
    try {
      const message = fromJson(input, request) as never;
      const unary = method as DescMethodUnary;
      const answer = await transport.unary(unary, undefined, 20_000, headers, message);
      return { answer: toJson(output, answer.message) as JsonObject };
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      const { code, rawMessage, details } = error;
      const sent = details as SentDetail[];
      return { code: codeToString(code), message: rawMessage, details: detailsByType(sent) };
    }
  };
}
