// Connect by POST: bodies, content types, encodings, timeouts, versions.

import { gzipSync } from 'node:zlib';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { MESSAGE_MAX_BYTES } from '../servers.ts';
import { encoded, type PlainCall, wireNamed } from '../wires.ts';
import type { Case } from './case.ts';

const { persist } = SessionService.method;
const PERSIST: PlainCall = { method: persist, request: { sessionId: 'session-2' } };
const SMALL = '{"sessionId":"session-2"}';

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const JSON_BODIES: Record<string, string | Uint8Array> = {
  nothing: '',
  'half a text': '{"sessionId":"ses',
  null: 'null',
  'a list': '[]',
  'a text': '"session-2"',
  'an empty object': '{}',
  'white space around it': ` \n\t${SMALL}\r\n`,
  'something behind it': `${SMALL}{}`,
  'a byte order mark': `\ufeff${SMALL}`,
  'names of proto': '{"session_id":"session-2","removed_variables":["a"]}',
  'both names of a field': '{"session_id":"session-1","sessionId":"session-2"}',
  'a field twice': '{"sessionId":"session-1","sessionId":"session-2"}',
  'a field that is null': '{"sessionId":"session-2","userId":null,"variables":null}',
  'an unknown field': '{"sessionId":"session-2","sesionId":"x"}',
  'a number for a text': '{"sessionId":5}',
  'an int64 as a text': '{"sessionId":"session-2","sequence":"7"}',
  'an int64 as a number': '{"sessionId":"session-2","sequence":7}',
  'an int64 as 7.0': '{"sessionId":"session-2","sequence":7.0}',
  'an int64 with a fraction': '{"sessionId":"session-2","sequence":7.5}',
  'a negative int64': '{"sessionId":"session-2","sequence":-1}',
  'an int64 beyond its range': '{"sessionId":"session-2","sequence":"99999999999999999999"}',
  'a list for an object': '{"sessionId":"session-2","variables":[]}',
  'an object for a list': '{"sessionId":"session-2","history":{}}',
  'a ttl as a text': '{"sessionId":"session-2","ttl":"60","ttlMode":"exact"}',
  'a ttl with a fraction': '{"sessionId":"session-2","ttl":1.5}',
  'a null in a list': '{"sessionId":"session-2","removedVariables":[null]}',
  'a number beyond a double': '{"sessionId":"session-2","variables":{"a":1e999}}',
  'the text NaN': '{"sessionId":"session-2","variables":{"a":"NaN"}}',
  'NaN itself': '{"sessionId":"session-2","variables":{"a":NaN}}',
  'a value of 50 levels': `{"sessionId":"session-2","variables":${nested(50)}}`,
  'a value of 500 levels': `{"sessionId":"session-2","variables":${nested(500)}}`,
  'a key twice in a value': '{"sessionId":"session-2","variables":{"a":1,"a":2}}',
  'an escaped text': '{"sessionId":"session-\\u0032"}',
  'half a character': '{"sessionId":"session-2","variables":{"a":"\\ud800"}}',
  'not UTF-8': Buffer.from('{"sessionId":"\xe4"}', 'latin1'),
  'just too large': SMALL.padEnd(MESSAGE_MAX_BYTES + 1),
  'just small enough': SMALL.padEnd(MESSAGE_MAX_BYTES),
};

const PROTO_BODIES: Record<string, Uint8Array> = {
  nothing: new Uint8Array(),
  'half a message': encoded(PERSIST, 'proto').subarray(0, -1),
  'a field twice': Buffer.concat([Buffer.of(0x0a, 1, 0x61), encoded(PERSIST, 'proto')]),
  'an unknown field': Buffer.concat([encoded(PERSIST, 'proto'), Buffer.of(0xf8, 0x3f, 1)]),
  'an unknown group': Buffer.concat([encoded(PERSIST, 'proto'), Buffer.of(0xfb, 0x3f, 0xfc, 0x3f)]),
  'a group that does not end': Buffer.concat([encoded(PERSIST, 'proto'), Buffer.of(0xfb, 0x3f)]),
  'another wire type': Uint8Array.of(0x08, 1),
  'a text that is not UTF-8': Uint8Array.of(0x0a, 2, 0xc3, 0x28),
  'just too large': Buffer.alloc(MESSAGE_MAX_BYTES + 1),
  JSON: Buffer.from(SMALL),
};

const HEADERS: Record<string, Record<string, string>> = {
  'no version': { 'connect-protocol-version': '' },
  'version 2': { 'connect-protocol-version': '2' },
  'version 1.0': { 'connect-protocol-version': '1.0' },
  'identity named': { 'content-encoding': 'identity' },
  'an empty encoding': { 'content-encoding': '' },
  'an unknown encoding': { 'content-encoding': 'zstd', 'accept-encoding': 'gzip' },
  'an unknown encoding, and none accepted': { 'content-encoding': 'zstd' },
  'gzip named, and not used': { 'content-encoding': 'gzip' },
  'gzip accepted': { 'accept-encoding': 'gzip' },
  "gRPC's encoding": { 'grpc-encoding': 'zstd' },
  'a timeout of a second': { 'connect-timeout-ms': '1000' },
  'an expired timeout': { 'connect-timeout-ms': '0' },
  'a timeout of ten digits': { 'connect-timeout-ms': '2000000000' },
  'a timeout of eleven digits': { 'connect-timeout-ms': '99999999999' },
  'a negative timeout': { 'connect-timeout-ms': '-1' },
  'a timeout with a fraction': { 'connect-timeout-ms': '1.5' },
  'a timeout with an exponent': { 'connect-timeout-ms': '1e3' },
  'a timeout that is no number': { 'connect-timeout-ms': 'soon' },
  'a timeout with a unit': { 'connect-timeout-ms': '5S' },
  'an empty timeout': { 'connect-timeout-ms': '' },
  "gRPC's timeout": { 'grpc-timeout': '0m' },
};

const CONTENT_TYPES = [
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'application/json; charset="utf-8"',
  'application/json; charset=latin1',
  'application/json; charset=utf-8; a=b',
  'application/json; a=b',
  'application/json;',
  'APPLICATION/JSON',
  'application/json5',
  'application/problem+json',
  'application/connect+json',
  'application/xml',
  'application/proto; charset=utf-8',
  'text/json',
  'text/plain',
  '*/*',
  '',
];

const JSON_CALL = wireNamed('Connect JSON').call(PERSIST);
const PROTO_CALL = wireNamed('Connect proto').call(PERSIST);

function variant(what: string, base: Case['call'], changed: Partial<Case['call']>): Case {
  const headers = { ...base.headers, ...changed.headers };
  for (const [name, value] of Object.entries(changed.headers ?? {}))
    if (value === '') delete headers[name];
  return { name: what, method: persist, call: { ...base, ...changed, headers } };
}

export const CONNECT_CASES: readonly Case[] = [
  ...Object.entries(JSON_BODIES).map(([what, body]) =>
    variant(`Connect JSON: ${what}`, JSON_CALL, { body: Buffer.from(body) }),
  ),
  ...Object.entries(PROTO_BODIES).map(([what, body]) =>
    variant(`Connect proto: ${what}`, PROTO_CALL, { body }),
  ),
  ...Object.entries(HEADERS).flatMap(([what, headers]) => [
    variant(`Connect JSON: ${what}`, JSON_CALL, { headers }),
    variant(`Connect proto: ${what}`, PROTO_CALL, { headers }),
  ]),
  ...CONTENT_TYPES.map((type) =>
    variant(`Connect: content type '${type}'`, JSON_CALL, { headers: { 'content-type': type } }),
  ),
  ...['PUT', 'OPTIONS', 'DELETE', 'PATCH', 'HEAD'].map((method) =>
    variant(`Connect: HTTP ${method}`, JSON_CALL, { method, body: new Uint8Array() }),
  ),
  variant('Connect JSON: a query', JSON_CALL, { path: `${JSON_CALL.path}?encoding=proto` }),
  variant('Connect JSON: GZip in capitals', JSON_CALL, {
    headers: { 'content-encoding': 'GZip' },
    body: gzipSync(SMALL),
  }),
  variant('Connect JSON: gzip twice', JSON_CALL, {
    headers: { 'content-encoding': 'gzip, gzip' },
    body: gzipSync(gzipSync(SMALL)),
  }),
  variant('Connect JSON: gzip that breaks off', JSON_CALL, {
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(SMALL).subarray(0, -6),
  }),
  variant('Connect JSON: two members of gzip', JSON_CALL, {
    headers: { 'content-encoding': 'gzip' },
    body: Buffer.concat([gzipSync(SMALL), gzipSync('  ')]),
  }),
  variant('Connect JSON: gzip of what is too large', JSON_CALL, {
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(SMALL.padEnd(MESSAGE_MAX_BYTES + 1)),
  }),
];
