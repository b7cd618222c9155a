// Unary calls of gRPC-Web: gRPC for clients that cannot read trailers. They come as the last
// envelope of the body, so that any version of HTTP carries them.

import type { OutgoingHttpHeaders } from 'node:http';
import { envelope, trailerEnvelope } from './envelope.ts';
import { enveloped, statusFields } from './grpc.ts';
import type { Wire } from './wire.ts';

const FORMATS = { json: 'json', binary: 'proto' } as const;
const OK = { 'grpc-status': '0' };

export function grpcWeb(format: Wire['format']): Wire {
  const headers = {
    'content-type': `application/grpc-web+${FORMATS[format]}`,
    'cache-control': 'no-store',
  };
  return {
    ...enveloped(format),
    answer: (message, metadata) => ({
      status: 200,
      headers: { ...headers, ...metadata.headers },
      body: Buffer.concat([envelope(message), trailersOf({ ...OK, ...metadata.trailers })]),
    }),
    refuse: (error, metadata) => ({
      status: 200,
      headers: { ...headers, ...metadata.headers },
      body: trailersOf(statusFields(error, metadata)),
    }),
  };
}

function trailersOf(fields: OutgoingHttpHeaders): Buffer {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return trailerEnvelope(lines.join(''));
}
