// The ways to put a call on the wire.

import { gzipSync } from 'node:zlib';
import {
  create,
  type DescMethod,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { envelope } from '../transport/rpc/raw-calls.ts';
import type { WireCall } from './wire-call.ts';

/** A call before it has the form of a wire. */
export type PlainCall<Method extends DescMethod = DescMethod> = {
  method: Method;
  request: MessageInitShape<Method['input']>;
};

/** A way to call. */
export type Wire = {
  name: string;
  /** Whether the message lies in an envelope. */
  isFramed: boolean;
  /** The call; of a request already encoded, where `body` is given. */
  call(plain: PlainCall): WireCall;
};

type Format = 'proto' | 'json';

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** A message of a request in a format. */
export function encoded({ method, request }: PlainCall, format: Format): Uint8Array {
  const message = create(method.input, request as never);
  return format === 'json'
    ? Buffer.from(toJsonString(method.input, message))
    : toBinary(method.input, message);
}

/** A call by POST. */
export function post(
  version: WireCall['version'],
  {
    path,
    contentType,
    headers = {},
    body,
  }: {
    path: string;
    contentType: string;
    headers?: Record<string, string>;
    body: Uint8Array;
  },
): WireCall {
  return {
    version,
    method: 'POST',
    path,
    headers: { 'content-type': contentType, ...headers },
    body,
  };
}

/** gRPC: trailers are asked for, as its clients do. */
export const TE = { te: 'trailers' };

function framed(
  name: string,
  version: WireCall['version'],
  {
    contentType,
    format,
    isGzip = false,
  }: { contentType: string; format: Format; isGzip?: boolean },
): Wire {
  return {
    name,
    isFramed: true,
    call(plain) {
      const message = encoded(plain, format);
      const body = isGzip ? envelope(gzipSync(message), 1) : envelope(message);
      const headers = { ...TE, ...(isGzip && { 'grpc-encoding': 'gzip' }) };
      return post(version, { path: pathOf(plain.method), contentType, headers, body });
    },
  };
}

function unframed(
  name: string,
  version: WireCall['version'],
  { format, isGzip = false }: { format: Format; isGzip?: boolean },
): Wire {
  return {
    name,
    isFramed: false,
    call(plain) {
      const message = encoded(plain, format);
      const headers = {
        'connect-protocol-version': '1',
        ...(isGzip && { 'content-encoding': 'gzip' }),
      };
      const body = isGzip ? gzipSync(message) : message;
      const contentType = `application/${format}`;
      return post(version, { path: pathOf(plain.method), contentType, headers, body });
    },
  };
}

export const WIRES: readonly Wire[] = [
  framed('gRPC', 'HTTP/2', { contentType: 'application/grpc', format: 'proto' }),
  framed('gRPC proto gzip', 'HTTP/2', {
    contentType: 'application/grpc+proto',
    format: 'proto',
    isGzip: true,
  }),
  framed('gRPC JSON', 'HTTP/2', { contentType: 'application/grpc+json', format: 'json' }),
  framed('gRPC-Web', 'HTTP/1.1', { contentType: 'application/grpc-web+proto', format: 'proto' }),
  framed('gRPC-Web HTTP/2 gzip', 'HTTP/2', {
    contentType: 'application/grpc-web',
    format: 'proto',
    isGzip: true,
  }),
  framed('gRPC-Web JSON', 'HTTP/1.1', { contentType: 'application/grpc-web+json', format: 'json' }),
  unframed('Connect JSON', 'HTTP/1.1', { format: 'json' }),
  unframed('Connect JSON HTTP/2', 'HTTP/2', { format: 'json' }),
  unframed('Connect JSON gzip', 'HTTP/1.1', { format: 'json', isGzip: true }),
  unframed('Connect proto', 'HTTP/1.1', { format: 'proto' }),
  unframed('Connect proto HTTP/2 gzip', 'HTTP/2', { format: 'proto', isGzip: true }),
];

export function wireNamed(name: string): Wire {
  const found = WIRES.find((wire) => wire.name === name);
  if (!found) throw new Error(`there is no wire ${name}`);
  return found;
}
