// Every way to call Save, Restore, Touch, List and Delete, each with the same bodies and answers.

import { gzipSync } from 'node:zlib';
import { create, fromBinary, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { RefusalInfoSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { WebhookService } from '../../../src/gen/cognigy/webhook/v1/webhook_service_pb.ts';
import { SECRET } from '../../support/running-app.ts';

export type Method = 'Save' | 'Restore' | 'Touch' | 'List' | 'Delete';

/** What a call was answered: the response's JSON, or an error's code and reason. */
export type WireAnswer = {
  body?: Record<string, unknown>;
  code?: string;
  reason?: string;
};

/** Calls a method with a body in JSON. */
export type Wire = (baseUrl: string, method: Method, body: string) => Promise<WireAnswer>;

const SECOND_NAMES = {
  ...{ Save: 'session', Restore: 'restore', Touch: 'touch' },
  ...{ List: 'sessions', Delete: 'delete' },
};
const OWN_HEADERS = { 'x-api-key': SECRET };

/** The route of a flow. */
const webhook: Wire = async (baseUrl, method, body) => {
  const url = `${baseUrl}/webhook/cognigy/${SECOND_NAMES[method]}`;
  const response = await fetch(url, { method: 'POST', headers: OWN_HEADERS, body });
  const json = (await response.json()) as Record<string, unknown>;
  if (response.status === 200) return { body: json };
  return { code: String(json.code), reason: String(json.reason) };
};

/** Connect with nothing but a content type, and maybe gzip. */
const connectJson =
  (isCompressed = false): Wire =>
  async (baseUrl, method, body) => {
    const headers = {
      ...{ 'content-type': 'application/json', ...OWN_HEADERS },
      ...(isCompressed && { 'content-encoding': 'gzip' }),
    };
    const sent = isCompressed ? new Uint8Array(gzipSync(body)) : body;
    const url = `${baseUrl}/${WebhookService.typeName}/${method}`;
    const response = await fetch(url, { method: 'POST', headers, body: sent });
    const json = (await response.json()) as Record<string, unknown> & ErrorJson;
    if (response.status === 200) return { body: json };
    const [info] = json.details.filter(({ type }) => type === RefusalInfoSchema.typeName);
    const bytes = Uint8Array.fromBase64(info?.value ?? '');
    return { code: json.code, reason: fromBinary(RefusalInfoSchema, bytes).reason };
  };

type ErrorJson = { code: string; details: { type: string; value: string }[] };

/** A generated client. The body is read as proto JSON; what is no field of the proto is left out. */
const client =
  (transportTo: (baseUrl: string) => Transport): Wire =>
  async (baseUrl, method, body) => {
    const methods = createClient(WebhookService, transportTo(baseUrl));
    const { save, restore, touch, list, delete: erase } = methods;
    const call = { Save: save, Restore: restore, Touch: touch, List: list, Delete: erase }[method];
    const { input, output } = WebhookService.methods.find(({ name }) => name === method) ?? {};
    if (!input || !output) throw new Error(`there is no method ${method}`);
    const request = fromJson(input, JSON.parse(body) as JsonValue, { ignoreUnknownFields: true });
    try {
      const response = await call(request as never, { headers: OWN_HEADERS });
      return { body: toJson(output, create(output, response)) as Record<string, unknown> };
    } catch (error) {
      const { code, ...thrown } = ConnectError.from(error);
      if (code === Code.Unknown) throw error;
      const details = ConnectError.from(error).findDetails(RefusalInfoSchema);
      return { code: codeToString(code), reason: details[0]?.reason ?? `none: ${thrown}` };
    }
  };

/** The wires that carry JSON as it is written, by name. */
export const JSON_WIRES: Record<string, Wire> = {
  'the webhook route': webhook,
  'Connect JSON': connectJson(),
  'Connect JSON in gzip': connectJson(true),
};

/** Generated clients, by wire. */
export const CLIENT_WIRES: Record<string, Wire> = {
  'Connect JSON from a client': client((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1' }),
  ),
  'Connect JSON by GET': client((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
  ),
  'Connect proto': client((baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true }),
  ),
  'gRPC-Web': client((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
  'gRPC-Web with JSON': client((baseUrl) =>
    createGrpcWebTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  ),
  gRPC: client((baseUrl) => createGrpcTransport({ baseUrl })),
};
