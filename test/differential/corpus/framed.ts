// gRPC and gRPC-Web: envelopes, flags, encodings, timeouts, content types.

import { gzipSync } from 'node:zlib';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { Health } from '../../../src/gen/grpc/health/v1/health_pb.ts';
import { envelope } from '../../transport/rpc/raw-calls.ts';
import { MESSAGE_MAX_BYTES } from '../servers.ts';
import { encoded, type PlainCall, pathOf, wireNamed } from '../wires.ts';
import type { Case } from './case.ts';

const { persist, restore } = SessionService.method;
const { watch } = Health.method;
const PERSIST: PlainCall = { method: persist, request: { sessionId: 'session-2' } };
const MESSAGE = encoded(PERSIST, 'proto');
const HALF_AN_ENVELOPE = envelope(MESSAGE).subarray(0, -1);
const EMPTY = new Uint8Array();

/** Bodies, with headers where they need some. */
const BODIES: Record<string, [body: Uint8Array, headers?: Record<string, string>]> = {
  'no body': [EMPTY],
  'half a head': [Uint8Array.of(0, 0, 0)],
  'a head alone': [Uint8Array.of(0, 0, 0, 0, 5)],
  'an empty message': [envelope(EMPTY)],
  'half a message': [HALF_AN_ENVELOPE],
  'two messages': [Buffer.concat([envelope(MESSAGE), envelope(MESSAGE)])],
  'two messages, the first empty': [Buffer.concat([envelope(EMPTY), envelope(MESSAGE)])],
  'a byte behind the message': [Buffer.concat([envelope(MESSAGE), Buffer.of(0)])],
  'half a message behind the message': [Buffer.concat([envelope(MESSAGE), HALF_AN_ENVELOPE])],
  'no envelope around the message': [MESSAGE],
  'a message that does not parse': [envelope(Uint8Array.of(0x0a, 0xff, 0xff))],
  'an unknown field': [envelope(Buffer.concat([MESSAGE, Buffer.of(0xf8, 0x3f, 1)]))],
  'a field of another wire type': [envelope(Uint8Array.of(0x08, 1))],
  'a field number of 0': [envelope(Uint8Array.of(0, 0))],
  'a text that is not UTF-8': [envelope(Uint8Array.of(0x0a, 2, 0xc3, 0x28))],
  'a message just too large': [envelope(Buffer.alloc(MESSAGE_MAX_BYTES + 1))],
  'a length of 4 GiB': [Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3)],
  'gzip of a message too large': [
    envelope(gzipSync(Buffer.alloc(MESSAGE_MAX_BYTES + 1)), 1),
    { 'grpc-encoding': 'gzip' },
  ],
  'gzip that is none': [envelope(MESSAGE, 1), { 'grpc-encoding': 'gzip' }],
  'gzip that breaks off': [
    envelope(gzipSync(MESSAGE).subarray(0, -6), 1),
    { 'grpc-encoding': 'gzip' },
  ],
  'gzip named, and not used': [envelope(MESSAGE), { 'grpc-encoding': 'gzip' }],
  'gzip used, and not named': [envelope(gzipSync(MESSAGE), 1)],
  'gzip used, and identity named': [
    envelope(gzipSync(MESSAGE), 1),
    { 'grpc-encoding': 'identity' },
  ],
  'gzip of nothing': [envelope(EMPTY, 1), { 'grpc-encoding': 'gzip' }],
  'flag 2': [envelope(MESSAGE, 2)],
  'flag 4': [envelope(MESSAGE, 4)],
  'flag 128': [envelope(MESSAGE, 0x80)],
  'flags 3': [envelope(gzipSync(MESSAGE), 3), { 'grpc-encoding': 'gzip' }],
  'flags 255': [envelope(MESSAGE, 0xff), { 'grpc-encoding': 'gzip' }],
};

const HEADERS: Record<string, Record<string, string>> = {
  'identity named': { 'grpc-encoding': 'identity' },
  'GZIP in capitals': { 'grpc-encoding': 'GZIP' },
  'an unknown encoding': { 'grpc-encoding': 'zstd', 'grpc-accept-encoding': 'gzip' },
  'an unknown encoding, and none accepted': { 'grpc-encoding': 'zstd' },
  'an empty encoding': { 'grpc-encoding': '' },
  'gzip accepted': { 'grpc-accept-encoding': 'identity, gzip' },
  'nothing accepted that is known': { 'grpc-accept-encoding': 'snappy' },
  'HTTP compression named': { 'content-encoding': 'gzip' },
  'a timeout of a second': { 'grpc-timeout': '1S' },
  'a timeout of an hour': { 'grpc-timeout': '1H' },
  'a timeout of microseconds': { 'grpc-timeout': '9999999u' },
  'a timeout of 500 hours': { 'grpc-timeout': '500H' },
  'an expired timeout': { 'grpc-timeout': '0m' },
  'a timeout of a nanosecond': { 'grpc-timeout': '1n' },
  'a timeout without a unit': { 'grpc-timeout': '5' },
  'a timeout without a number': { 'grpc-timeout': 'S' },
  'a timeout of an unknown unit': { 'grpc-timeout': '5x' },
  'a negative timeout': { 'grpc-timeout': '-5S' },
  'a timeout with a fraction': { 'grpc-timeout': '1.5S' },
  'a timeout of nine digits': { 'grpc-timeout': '100000000n' },
  'a timeout in hexadecimal': { 'grpc-timeout': '0x5S' },
  'a timeout with a space': { 'grpc-timeout': '5 S' },
  'an empty timeout': { 'grpc-timeout': '' },
  "Connect's timeout": { 'connect-timeout-ms': '0' },
  'a binary header that is no base64': { 'x-odd-bin': '***' },
  'a message type': { 'grpc-message-type': 'cognigy.session.v1.Other' },
};

const CONTENT_TYPES: Record<string, (type: string) => string> = {
  'in capitals': (type) => type.toUpperCase(),
  'with a parameter': (type) => `${type}; charset=utf-8`,
  'with an empty parameter': (type) => `${type};`,
  'with proto in capitals': (type) => `${type}+PROTO`,
  'with an unknown codec': (type) => `${type}+xml`,
  'with a longer name': (type) => `${type}x`,
  'with an empty codec': (type) => `${type}+`,
  'in text': (type) => `${type}-text`,
  'with a space in front of the parameter': (type) => `${type} ;a=b`,
};

const FRAMED = {
  gRPC: { wire: wireNamed('gRPC'), type: 'application/grpc' },
  'gRPC-Web': { wire: wireNamed('gRPC-Web'), type: 'application/grpc-web' },
};

export const FRAMED_CASES: readonly Case[] = Object.entries(FRAMED).flatMap(
  ([protocol, { wire, type }]) => {
    const call = wire.call(PERSIST);
    const variant = (what: string, changed: Partial<Case['call']>): Case => ({
      name: `${protocol}: ${what}`,
      method: persist,
      call: { ...call, ...changed, headers: { ...call.headers, ...changed.headers } },
    });
    return [
      ...Object.entries(BODIES).map(([what, [body, headers = {}]]) =>
        variant(what, { body, headers }),
      ),
      ...Object.entries(HEADERS).map(([what, headers]) => variant(what, { headers })),
      ...Object.entries(CONTENT_TYPES).map(([what, typeFrom]) =>
        variant(`content type ${what}`, { headers: { 'content-type': typeFrom(type) } }),
      ),
      ...['GET', 'PUT', 'OPTIONS', 'DELETE'].map((method) => variant(`HTTP ${method}`, { method })),
      {
        name: `${protocol}: Watch until its deadline`,
        method: watch,
        call: {
          ...wire.call({ method: watch, request: {} }),
          headers: { ...call.headers, 'grpc-timeout': '100m' },
        },
      },
      variant('a query', { path: `${call.path}?a=b` }),
      {
        ...variant('HTTP GET of what has no side effects', { method: 'GET' }),
        method: restore,
        call: { ...call, method: 'GET', path: pathOf(restore), body: EMPTY },
      },
    ];
  },
);
