// gRPC calls over HTTP/2: sound frames, with messages and headers that need not be.

import type { Random } from '../../model/random.ts';
import { rpcCredential } from '../http1-request.ts';
import { FLAG, FRAME, type Frame } from '../http2/frame.ts';
import { encodeHeaders } from '../http2/hpack-encode.ts';
import type { HeaderField } from '../http2/hpack-tables.ts';
import type { Input, Target } from '../input.ts';
import { METHOD_CHOICE, rpcMessage } from '../rpc-message.ts';
import { jsonMessage, SESSION_PATHS } from './connect.ts';
import { grpcBody, grpcHeaders } from './grpc-web.ts';

const CONTENT_TYPES = [
  'application/grpc',
  'application/grpc+json',
  'application/grpc+x',
  'application/json',
  'application/proto',
];
const STREAM_PATHS = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];
/** What one frame may hold before the server says otherwise. */
const DATA_MAX_BYTES = 16_384;
/** The part of a connection's window that a server always leaves open: it says so where half of
 * it is used. */
const WINDOW_BYTES = 32_000;

export function grpcCall(random: Random, target: Target): Input {
  const listener = random.chance(0.7) ? 'rpc' : 'webhook';
  const method = random.pick(METHOD_CHOICE);
  const contentType = random.chance(0.85) ? 'application/grpc+proto' : random.pick(CONTENT_TYPES);
  const other = random.pick([...SESSION_PATHS, ...STREAM_PATHS]);
  const path = random.chance(0.93) ? `/cognigy.session.v1.SessionService/${method}` : other;
  const write = contentType.endsWith('json') ? jsonMessage : rpcMessage;
  const body = grpcBody(random, write(random, method, target)).subarray(0, WINDOW_BYTES);
  const headers = [
    ...requestFields(path, contentType),
    ...[...rpcCredential(random, target, listener), ...grpcHeaders(random)].map(
      ([name, value]) => ({
        name,
        value,
      }),
    ),
  ];
  return {
    transport: 'http2',
    listener,
    frames: [headersFrame(headers), ...dataFrames(body)],
    answers: 'one',
  };
}

/** The fields that every gRPC call begins with. */
export function requestFields(path: string, contentType: string): HeaderField[] {
  return [
    { name: ':method', value: 'POST' },
    { name: ':scheme', value: 'http' },
    { name: ':path', value: path },
    { name: ':authority', value: '127.0.0.1' },
    { name: 'content-type', value: contentType },
    { name: 'te', value: 'trailers' },
  ];
}

export function headersFrame(fields: readonly HeaderField[]): Frame {
  return { type: FRAME.headers, flags: FLAG.endHeaders, stream: 1, payload: encodeHeaders(fields) };
}

/** The body in as many frames as it needs; the last one ends the stream. */
export function dataFrames(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at === 0 || at < body.length; at += DATA_MAX_BYTES) {
    const isLast = at + DATA_MAX_BYTES >= body.length;
    const payload = body.subarray(at, at + DATA_MAX_BYTES);
    frames.push({ type: FRAME.data, flags: isLast ? FLAG.endStream : 0, stream: 1, payload });
  }
  return frames;
}
