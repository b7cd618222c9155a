// Unary calls of gRPC: the message in an envelope, the outcome in trailers. An error has one block
// of headers, which is its trailers, too ("trailers-only").

import type { OutgoingHttpHeaders } from 'node:http';
import type { ConnectError } from '@connectrpc/connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { RequestHead } from '../server/http-exchange.ts';
import { grpcTimeoutMs } from './deadline.ts';
import { enclosedMessage, envelope, readEnvelope } from './envelope.ts';
import { makeMessageReadable } from './grpc-message.ts';
import { isGzip } from './inflate.ts';
import type { Metadata } from './method.ts';
import type { Wire } from './wire.ts';

const FORMATS = { json: 'json', binary: 'proto' } as const;
const OK = { 'grpc-status': '0' };

export function grpc(format: Wire['format']): Wire {
  const headers = { 'content-type': `application/grpc+${FORMATS[format]}` };
  return {
    ...enveloped(format),
    answer: (message, metadata) => ({
      status: 200,
      headers: { ...headers, ...metadata.headers },
      body: envelope(message),
      trailers: () => ({ ...OK, ...metadata.trailers }),
    }),
    refuse(error, metadata) {
      const trailers = statusFields(error, metadata);
      if (Object.keys(metadata.headers).length === 0)
        return { status: 200, headers: { ...headers, ...trailers } };
      const body = '';
      return {
        ...{ status: 200, headers: { ...headers, ...metadata.headers }, body },
        trailers: () => trailers,
      };
    },
  };
}

/** What gRPC and gRPC-Web have in common. */
export function enveloped(
  format: Wire['format'],
): Pick<Wire, 'format' | 'isCompressed' | 'timeoutMs' | 'read' | 'messageIn'> {
  const isCompressed = ({ headers }: RequestHead) =>
    isGzip(headers['grpc-encoding'], 'grpc-accept-encoding');
  return {
    ...{ format, isCompressed },
    timeoutMs: ({ headers }) => grpcTimeoutMs(headers),
    read: readEnvelope,
    messageIn: (read, head, maxBytes) =>
      enclosedMessage(read, { maxBytes, mayBeCompressed: isCompressed(head) }),
  };
}

/** The outcome of a call that failed, as its trailers say it. */
export function statusFields(error: ConnectError, { trailers }: Metadata): OutgoingHttpHeaders {
  const fields = makeMessageReadable(setTrailerStatus(new Headers(), error));
  // Connect leaves out what belongs to the protocol, such as the compressions that are known.
  for (const [name, value] of error.metadata) fields.set(name, value);
  return { ...trailers, ...Object.fromEntries(fields) };
}
