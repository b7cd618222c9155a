// Calls as bytes: each protocol's own form around a body that may be anything, and what came back
// of it.

import { once } from 'node:events';
import type { Code } from '@connectrpc/connect';
import { codeFromString } from '@connectrpc/connect/protocol-connect';
import { openHttp2 } from '../server/listener.ts';

/** What came back of a call. `details` of an error are bytes of protobuf, as text. */
export type RawAnswer = {
  status: number;
  code: Code | undefined;
  text: string;
  details: string;
  headers: Headers;
};

const SERVICE = '/cognigy.session.v1.SessionService/';

/** A message in an envelope. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Calls over HTTP/1.1: Connect, or gRPC-Web. */
export async function callHttp1(
  baseUrl: string,
  call: { method?: string; path?: string; headers?: Record<string, string>; body?: Uint8Array },
): Promise<RawAnswer> {
  const { method = 'POST', path = 'Persist', headers = {}, body } = call;
  const url = baseUrl + (path.startsWith('/') ? path : SERVICE + path);
  const answer = await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const code = codeIn(bytes) ?? grpcStatusIn(answer.headers.get('grpc-status') ?? undefined);
  const details = detailsIn(bytes, answer.headers.get('grpc-status-details-bin'));
  return { status: answer.status, code, text: bytes.toString(), details, headers: answer.headers };
}

/** Calls over HTTP/2, in gRPC's form unless the headers say otherwise. */
export async function callHttp2(
  baseUrl: string,
  call: { path?: string; headers?: Record<string, string>; body?: Uint8Array },
): Promise<RawAnswer> {
  const { path = 'Persist', headers = {}, body } = call;
  const session = openHttp2(baseUrl);
  const stream = session.request({
    ':method': 'POST',
    ':path': path.startsWith('/') ? path : SERVICE + path,
    ...{ 'content-type': 'application/grpc', te: 'trailers', ...headers },
  });
  let trailers: Record<string, unknown> = {};
  stream.once('trailers', (received) => {
    trailers = received;
  });
  stream.end(body);
  const [received] = await once(stream, 'response');
  const bytes = Buffer.concat(await stream.toArray());
  session.close();
  const grpcStatus = trailers['grpc-status'] ?? received['grpc-status'];
  const code =
    grpcStatusIn(grpcStatus === undefined ? undefined : String(grpcStatus)) ?? codeIn(bytes);
  // An answer without a message has its trailers in the place of headers.
  const message = trailers['grpc-message'] ?? received['grpc-message'] ?? '';
  const text = `${bytes.toString()} ${message}`;
  const inHeader = trailers['grpc-status-details-bin'] ?? received['grpc-status-details-bin'];
  const details = detailsIn(bytes, inHeader);
  return { status: Number(received[':status']), code, text, details, headers: new Headers() };
}

/** Those in a header, in a trailer of gRPC-Web, or in a body of JSON. */
function detailsIn(bytes: Buffer, inHeader: unknown): string {
  const text = bytes.toString();
  const inTrailer = inHeader ?? /grpc-status-details-bin: ?(\S+)/.exec(text)?.[1];
  if (inTrailer) return Buffer.from(String(inTrailer), 'base64').toString('latin1');
  return /"details":\[.*\]/.exec(text)?.[0] ?? '';
}

/** 0 is no error. */
function grpcStatusIn(text: string | undefined): Code | undefined {
  return text === undefined || text === '0' ? undefined : (Number(text) as Code);
}

/** The code in a body of JSON, or in a trailer of gRPC-Web. */
function codeIn(bytes: Buffer): Code | undefined {
  const text = bytes.toString();
  const inTrailer = /grpc-status: ?(\d+)/.exec(text)?.[1];
  if (inTrailer) return grpcStatusIn(inTrailer);
  const name = /"code":"(\w+)"/.exec(text)?.[1];
  return name === undefined ? undefined : codeFromString(name);
}
