// gRPC-Web calls over HTTP/1.1.

import type { Random } from '../../model/random.ts';
import { brokenEnvelope, compressedEnvelope, enveloped } from '../envelope.ts';
import {
  delivered,
  encodeRequest,
  type HeaderLine,
  HOST,
  rpcCredential,
} from '../http1-request.ts';
import type { Input, Target } from '../input.ts';
import { METHOD_CHOICE, rpcMessage } from '../rpc-message.ts';
import { jsonMessage, SESSION_PATHS } from './connect.ts';

const CONTENT_TYPES = [
  'application/grpc-web',
  'application/grpc-web+json',
  'application/grpc-web-text',
  'application/grpc-web+x',
];

export function grpcWebCall(random: Random, target: Target): Input {
  const listener = random.chance(0.7) ? 'rpc' : 'webhook';
  const method = random.pick(METHOD_CHOICE);
  const contentType = random.chance(0.85)
    ? 'application/grpc-web+proto'
    : random.pick(CONTENT_TYPES);
  const headers: HeaderLine[] = [
    ...[HOST, ['Content-Type', contentType] as const],
    ...rpcCredential(random, target, listener),
    ...grpcHeaders(random),
  ];
  const write = contentType.endsWith('json') ? jsonMessage : rpcMessage;
  const body = grpcBody(random, write(random, method, target));
  const path = random.chance(0.95)
    ? `/cognigy.session.v1.SessionService/${method}`
    : random.pick(SESSION_PATHS);
  return {
    transport: 'http1',
    listener,
    bytes: encodeRequest({ method: 'POST', target: path, headers, ...delivered(random, body) }),
    answers: 'one',
  };
}

const TIMEOUTS = ['1S', '100m', '0n', '1', '-1S', '999999999S', '99999999H', '1x', '', '1 S', '5M'];
const ENCODINGS = ['gzip', 'gzip', 'identity', 'br', 'x', ''];

/** Headers of a gRPC call that change how it is read. */
export function grpcHeaders(random: Random): HeaderLine[] {
  const headers: HeaderLine[] = [];
  if (random.chance(0.2)) headers.push(['grpc-encoding', random.pick(ENCODINGS)]);
  if (random.chance(0.1)) headers.push(['grpc-timeout', random.pick(TIMEOUTS)]);
  if (random.chance(0.05)) headers.push(['grpc-accept-encoding', random.pick(ENCODINGS)]);
  if (random.chance(0.03)) headers.push(['x-data-bin', random.pick(['AAA', '!!!', ''])]);
  return headers;
}

/** A message in its envelope, mostly a right one. */
export function grpcBody(random: Random, payload: Buffer): Buffer {
  if (random.chance(0.7)) return enveloped(payload);
  return random.chance(0.7) ? brokenEnvelope(random, payload) : compressedEnvelope(random, payload);
}
