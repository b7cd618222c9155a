// What a caller can do wrong, on every wire.

import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { PersistRequestSchema } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import type { ErrorType } from '../../../src/session/errors.ts';
import { callHttp1, callHttp2, envelope, type RawAnswer } from './raw-calls.ts';

export const SOUND = toBinary(
  PersistRequestSchema,
  create(PersistRequestSchema, { sessionId: 's' }),
);
const JSON_SOUND = Buffer.from('{"sessionId":"s"}');
export const BROKEN = Uint8Array.of(0x0a, 0xff, 0xff, 0xff);
/** `session_id` in bytes that are not UTF-8. */
export const NOT_UTF8 = Uint8Array.of(0x0a, 0x02, 0xe4, 0x31);
const gzip = (bytes: Uint8Array) => gzipSync(bytes);

/** Makes a call. */
export type Call = (baseUrl: string) => Promise<RawAnswer>;
/** A call that is wrong, what it is answered, and how it is counted. */
export type Row = [
  what: string,
  call: Call,
  status: number,
  code: Code | undefined,
  counted: ErrorType,
];

export const type = (name: string, more: Record<string, string> = {}) => ({
  'content-type': name,
  ...more,
});

export const grpc = (
  body: Uint8Array,
  headers: Record<string, string> = {},
  path?: string,
): Call => {
  return (baseUrl) => callHttp2(baseUrl, { body, headers, ...(path && { path }) });
};
export const web = (
  body: Uint8Array,
  headers: Record<string, string> = {},
  path?: string,
): Call => {
  const all = type('application/grpc-web+proto', headers);
  return (baseUrl) => callHttp1(baseUrl, { body, headers: all, ...(path && { path }) });
};
export const json = (
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  path?: string,
): Call => {
  const all = type('application/json', headers);
  return (baseUrl) =>
    callHttp1(baseUrl, { body: Buffer.from(body), headers: all, ...(path && { path }) });
};
export const proto = (
  body: Uint8Array,
  headers: Record<string, string> = {},
  path?: string,
): Call => {
  return (baseUrl) =>
    callHttp1(baseUrl, {
      body,
      headers: type('application/proto', headers),
      ...(path && { path }),
    });
};
export const get = (query: string, path = 'Restore'): Call => {
  return (baseUrl) => callHttp1(baseUrl, { method: 'GET', path: `${path}?${query}` });
};

const { InvalidArgument, ResourceExhausted, Unimplemented } = Code;
const invalid = (what: string, call: Call): Row => [what, call, 400, InvalidArgument, 'invalid'];
const invalidInTrailer = (what: string, call: Call): Row => [
  what,
  call,
  200,
  InvalidArgument,
  'invalid',
];
const LARGE = Buffer.alloc(2048, ' ');

export const ROWS: Row[] = [
  ...(['gRPC', 'gRPC-Web'] as const).flatMap((wire): Row[] => {
    const call = wire === 'gRPC' ? grpc : web;
    return [
      invalidInTrailer(`${wire}: a message that does not parse`, call(envelope(BROKEN))),
      invalidInTrailer(`${wire}: an id that is not UTF-8`, call(envelope(NOT_UTF8))),
      invalidInTrailer(`${wire}: an envelope that is cut`, call(envelope(SOUND).subarray(0, -1))),
      invalidInTrailer(`${wire}: half a head of an envelope`, call(Uint8Array.of(0, 0))),
      invalidInTrailer(
        `${wire}: gzip that is none`,
        call(envelope(SOUND, 1), { 'grpc-encoding': 'gzip' }),
      ),
      invalidInTrailer(
        `${wire}: gzip that breaks off`,
        call(envelope(gzip(SOUND).subarray(0, -6), 1), { 'grpc-encoding': 'gzip' }),
      ),
      invalidInTrailer(
        `${wire}: compressed by nothing that was named`,
        call(envelope(gzip(SOUND), 1)),
      ),
      invalidInTrailer(`${wire}: all flags`, call(envelope(SOUND, 0xff))),
      invalidInTrailer(`${wire}: a bad timeout`, call(envelope(SOUND), { 'grpc-timeout': 'soon' })),
      [`${wire}: a message too large`, call(envelope(LARGE)), 200, ResourceExhausted, 'too_large'],
      [
        `${wire}: too large once decompressed`,
        call(envelope(gzip(Buffer.alloc(9999)), 1), { 'grpc-encoding': 'gzip' }),
        ...([200, ResourceExhausted, 'too_large'] as const),
      ],
      [`${wire}: no message`, call(new Uint8Array()), 200, Unimplemented, 'unimplemented'],
      [
        `${wire}: two messages`,
        call(Buffer.concat([envelope(SOUND), envelope(SOUND)])),
        ...([200, Unimplemented, 'unimplemented'] as const),
      ],
      [
        `${wire}: an unknown compression`,
        call(envelope(SOUND, 1), { 'grpc-encoding': 'zstd' }),
        ...([200, Unimplemented, 'unimplemented'] as const),
      ],
      [
        `${wire}: an unknown method`,
        call(envelope(SOUND), {}, 'Nothing'),
        ...([200, Unimplemented, 'unimplemented'] as const),
      ],
      [
        `${wire}: an unknown service`,
        call(envelope(SOUND), {}, '/other.v1.Service/Method'),
        ...([200, Unimplemented, 'unimplemented'] as const),
      ],
    ];
  }),
  [
    'gRPC-Web: the flag of trailers',
    web(envelope(SOUND, 0x80)),
    200,
    Unimplemented,
    'unimplemented',
  ],
  invalidInTrailer(
    'gRPC with JSON: not UTF-8',
    grpc(envelope(Buffer.from('{"sessionId":"\xe4"}', 'latin1')), type('application/grpc+json')),
  ),
  invalidInTrailer(
    'gRPC with JSON: half a character where no text belongs',
    grpc(
      envelope(Buffer.from('{"sessionId":"s","variables":"\\ud800"}')),
      type('application/grpc+json'),
    ),
  ),
  invalidInTrailer(
    'gRPC with JSON: none, and half a character where it is quoted',
    grpc(envelope(Buffer.from('{"sessionId":\u{1f600}}')), type('application/grpc+json')),
  ),
  invalid('Connect JSON: no JSON', json('{')),
  invalid('Connect JSON: an unknown field', json('{"sesionId":"s"}')),
  invalid('Connect JSON: not UTF-8', json(Buffer.from('{"sessionId":"\xe41"}', 'latin1'))),
  invalid(
    'Connect JSON: half a character in a value',
    json('{"sessionId":"s","variables":{"a":["\\ud800"]}}'),
  ),
  invalid(
    'Connect JSON: half a character in a key',
    json('{"sessionId":"s","context":{"a":{"\\udc00":1}}}'),
  ),
  invalid('Connect JSON: nothing', json('')),
  invalid('Connect JSON: gzip that is none', json(JSON_SOUND, { 'content-encoding': 'gzip' })),
  invalid(
    'Connect JSON: gzip that breaks off',
    json(gzip(JSON_SOUND).subarray(0, -6), { 'content-encoding': 'gzip' }),
  ),
  invalid('Connect JSON: a bad timeout', json(JSON_SOUND, { 'connect-timeout-ms': 'soon' })),
  ['Connect JSON: a message too large', json(LARGE), 429, ResourceExhausted, 'too_large'],
  [
    'Connect JSON: an unknown compression',
    json(JSON_SOUND, { 'content-encoding': 'zstd' }),
    ...([501, Unimplemented, 'unimplemented'] as const),
  ],
  [
    'Connect JSON: an unknown method',
    json('{}', {}, 'Nothing'),
    501,
    Unimplemented,
    'unimplemented',
  ],
  invalid('Connect binary: a message that does not parse', proto(BROKEN)),
  invalid('Connect binary: an id that is not UTF-8', proto(NOT_UTF8)),
  invalid(
    'Connect binary: gzip that breaks off',
    proto(gzip(SOUND).subarray(0, -6), { 'content-encoding': 'gzip' }),
  ),
  ['Connect binary: a message too large', proto(LARGE), 429, ResourceExhausted, 'too_large'],
  [
    'Connect binary: an unknown method',
    proto(SOUND, {}, 'Nothing'),
    501,
    Unimplemented,
    'unimplemented',
  ],
  [
    'Connect stream: an unknown method',
    json(envelope(JSON_SOUND), type('application/connect+json'), 'Nothing'),
    ...([200, Unimplemented, 'unimplemented'] as const),
  ],
  [
    'GET of an unknown method',
    get('encoding=json&message={}', 'Nothing'),
    501,
    Unimplemented,
    'unimplemented',
  ],
  invalid('GET: no JSON', get('encoding=json&message=%7B')),
  invalid('GET: no message', get('encoding=json')),
  invalid('GET: not UTF-8', get('encoding=json&message=%7B%22sessionId%22:%22%e41%22%7D')),
  invalid('GET: not percent-encoded', get('encoding=json&message=%7B%22sessionId%22:%22%zz%22%7D')),
  invalid('GET: bad base64', get('encoding=json&base64=1&message=!!!!')),
  invalid(
    'GET: base64 of what is not UTF-8',
    get(`encoding=json&base64=1&message=${btoa('{"userId":"\xe4"}')}`),
  ),
  invalid(
    'GET: base64 of what does not parse',
    get(`encoding=proto&base64=1&message=${BROKEN.toBase64()}`),
  ),
  invalid(
    'GET: base64 of an id that is not UTF-8',
    get(`encoding=proto&base64=1&message=${NOT_UTF8.toBase64()}`),
  ),
  invalid('GET: gzip that is none', get('encoding=json&compression=gzip&base64=1&message=AAAA')),
];

/** Calls that no protocol takes: an HTTP status is all that they are told by. */
export const UNKNOWN_FORMS: [what: string, call: Call, status: number][] = [
  ['gRPC: an unknown codec', grpc(envelope(SOUND), type('application/grpc+xml')), 415],
  ['gRPC-Web: in text', web(envelope(SOUND), type('application/grpc-web-text')), 415],
  [
    'Connect JSON: another charset',
    json(JSON_SOUND, type('application/json; charset=latin1')),
    415,
  ],
  ['Connect: an unknown codec', json('{}', type('application/xml')), 415],
  ['GET: an unknown codec', get('encoding=xml&message={}'), 415],
  ['GET of what is posted', get('encoding=json&message={}', 'Persist'), 405],
  [
    'a stream in both directions over HTTP/1.1',
    json(
      '',
      type('application/connect+json'),
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    ),
    505,
  ],
];
