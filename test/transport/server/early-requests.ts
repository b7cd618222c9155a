// Requests that a listener answers before it has read their bodies.

import { SECRET } from '../../support/running-app.ts';

export type Early = {
  to: 'webhook' | 'rpc' | 'admin';
  request: string;
  fields?: string;
  body?: Buffer;
  status: number;
};

export const RPC = '/cognigy.session.v1.SessionService';
export const KEY = `X-API-Key: ${SECRET}\r\n`;
export const JSON_TYPE = 'Content-Type: application/json\r\n';
/** Above the limit of a body (1 MiB), and below what is read on. */
export const LARGE = Buffer.from(`{"sessionId":"${'x'.repeat(3_000_000)}"}`);
const grpcWeb = (message: Buffer) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** By name. */
export const EARLY: Record<string, Early> = {
  'webhook, no credential': {
    to: 'webhook',
    request: 'POST /webhook/cognigy/session',
    status: 401,
  },
  'webhook, wrong Bearer': {
    to: 'webhook',
    request: 'POST /webhook/cognigy/session',
    fields: 'Authorization: Bearer x\r\n',
    status: 403,
  },
  'webhook, no such route': { to: 'webhook', request: 'POST /nowhere', fields: KEY, status: 404 },
  'webhook, wrong method': {
    to: 'webhook',
    request: 'PUT /webhook/cognigy/session',
    fields: KEY,
    status: 405,
  },
  'webhook, too large': {
    to: 'webhook',
    request: 'POST /webhook/cognigy/session',
    fields: KEY,
    status: 413,
  },
  'webhook, coded': {
    to: 'webhook',
    request: 'POST /webhook/cognigy/session',
    fields: `${KEY}Content-Encoding: br\r\n`,
    status: 415,
  },
  'webhook, body not read': {
    to: 'webhook',
    request: 'DELETE /api/v1/state/abc',
    fields: KEY,
    status: 200,
  },
  'Connect on the webhook, no credential': {
    to: 'webhook',
    request: `POST ${RPC}/Persist`,
    fields: JSON_TYPE,
    status: 401,
  },
  'Connect on the webhook, too large': {
    to: 'webhook',
    request: `POST ${RPC}/Persist`,
    fields: KEY + JSON_TYPE,
    status: 429,
  },
  'Connect, too large': {
    to: 'rpc',
    request: `POST ${RPC}/Persist`,
    fields: JSON_TYPE,
    status: 429,
  },
  'Connect, no such method': {
    to: 'rpc',
    request: `POST ${RPC}/Nothing`,
    fields: JSON_TYPE,
    status: 501,
  },
  'Connect, wrong content type': {
    to: 'rpc',
    request: `POST ${RPC}/Persist`,
    fields: 'Content-Type: text/plain\r\n',
    status: 415,
  },
  'Connect, coded': {
    to: 'rpc',
    request: `POST ${RPC}/Persist`,
    fields: `${JSON_TYPE}Content-Encoding: br\r\n`,
    status: 501,
  },
  'Connect, wrong method': {
    to: 'rpc',
    request: `PUT ${RPC}/Persist`,
    fields: JSON_TYPE,
    status: 405,
  },
  'Connect, GET with a body': {
    to: 'rpc',
    request: `GET ${RPC}/Restore?encoding=json&message=%7B%22sessionId%22:%22a%22%7D`,
    status: 404,
  },
  'Connect, a page of another origin': {
    to: 'rpc',
    request: `POST ${RPC}/Persist`,
    fields: `${JSON_TYPE}Origin: https://evil.example\r\n`,
    status: 403,
  },
  'gRPC-Web, too large': {
    to: 'rpc',
    request: `POST ${RPC}/Persist`,
    fields: 'Content-Type: application/grpc-web+proto\r\n',
    body: grpcWeb(LARGE),
    status: 200,
  },
  'a stream in both directions': {
    to: 'rpc',
    request: 'POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    fields: 'Content-Type: application/connect+json\r\n',
    status: 505,
  },
  'admin, wrong method': { to: 'admin', request: 'POST /healthz', status: 405 },
  'admin, no such page': { to: 'admin', request: 'POST /nowhere', status: 404 },
};

/** A body in chunks. */
export function chunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let place = 0; place < body.length; place += 8192) {
    const part = body.subarray(place, place + 8192);
    chunks.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
