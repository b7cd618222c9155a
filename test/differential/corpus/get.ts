// Connect by GET: everything lies in the query.

import { gzipSync } from 'node:zlib';
import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { encoded, type PlainCall, pathOf } from '../wires.ts';
import type { Case } from './case.ts';

const { persist, restore } = SessionService.method;
const RESTORE: PlainCall = { method: restore, request: { sessionId: 'session-1' } };
const TEXT = '{"sessionId":"session-1"}';
const QUOTED = encodeURIComponent(TEXT);
const SPACED = QUOTED.replace('%3A', '%3A+');
const BYTES = Buffer.from(encoded(RESTORE, 'proto'));
const PERCENT = BYTES.toString('hex').replace(/../g, '%$&');
/** With a field that is not known, so that there is padding. */
const PADDED = encodeURIComponent(
  Buffer.concat([BYTES, Buffer.of(0xf8, 0x3f, 1)]).toString('base64'),
);
const GZIP = gzipSync(TEXT).toString('base64url');

const QUERIES: Record<string, string> = {
  JSON: `connect=v1&encoding=json&message=${QUOTED}`,
  'JSON in another order': `message=${QUOTED}&encoding=json&connect=v1`,
  'JSON without a version': `encoding=json&message=${QUOTED}`,
  'JSON of version 2': `connect=v2&encoding=json&message=${QUOTED}`,
  'JSON of an empty version': `connect=&encoding=json&message=${QUOTED}`,
  'JSON in base64': `encoding=json&base64=1&message=${Buffer.from(TEXT).toString('base64url')}`,
  'JSON with spaces as +': `encoding=json&message=${SPACED}`,
  'JSON that is not quoted': `encoding=json&message={%22sessionId%22:%22session-1%22}`,
  'proto in base64': `encoding=proto&base64=1&message=${BYTES.toString('base64url')}`,
  'proto in base64 with padding': `encoding=proto&base64=1&message=${PADDED}`,
  'proto in percent encoding': `encoding=proto&message=${PERCENT}`,
  'an empty message of proto': 'encoding=proto&base64=1&message=',
  'gzip in base64': `encoding=json&base64=1&compression=gzip&message=${GZIP}`,
  'gzip that breaks off': `encoding=json&base64=1&compression=gzip&message=${GZIP.slice(0, -12)}`,
  'identity named': `encoding=json&compression=identity&message=${QUOTED}`,
  'an empty compression': `encoding=json&compression=&message=${QUOTED}`,
  'an unknown compression': `encoding=json&compression=br&message=${QUOTED}`,
  'base64=0': `encoding=json&base64=0&message=${QUOTED}`,
  'base64=true': `encoding=json&base64=true&message=${QUOTED}`,
  'broken base64': 'encoding=json&base64=1&message=!!!!',
  'no encoding': `message=${QUOTED}`,
  'an unknown encoding': `encoding=xml&message=${QUOTED}`,
  'an encoding in capitals': `encoding=JSON&message=${QUOTED}`,
  'no message': 'encoding=json',
  'an empty message': 'encoding=json&message=',
  'two messages': `encoding=json&message=${QUOTED}&message=%7B%7D`,
  'two encodings': `encoding=json&encoding=proto&message=${QUOTED}`,
  'an unknown parameter': `encoding=json&message=${QUOTED}&a=b`,
  'a fragment of percent encoding': `encoding=json&message=${QUOTED}&a=%`,
  'not UTF-8': 'encoding=json&message=%7B%22sessionId%22:%22%e4%22%7D',
  'no query': '',
  'half a text': `encoding=json&message=${QUOTED.slice(0, -6)}`,
};

function get(what: string, query: string, changed: Partial<Case['call']> = {}): Case {
  const path = `${pathOf(restore)}${query === '' ? '' : `?${query}`}`;
  const call: Case['call'] = {
    ...{ version: 'HTTP/1.1', method: 'GET', path, headers: {}, body: new Uint8Array() },
    ...changed,
  };
  return { name: `GET: ${what}`, method: restore, call };
}

const QUERY = QUERIES.JSON ?? '';

export const GET_CASES: readonly Case[] = [
  ...Object.entries(QUERIES).map(([what, query]) => get(what, query)),
  get('over HTTP/2', QUERY, { version: 'HTTP/2' }),
  get('a content type', QUERY, { headers: { 'content-type': 'application/json' } }),
  get('a content type of proto', QUERY, { headers: { 'content-type': 'application/proto' } }),
  get('a content type of gRPC', QUERY, { headers: { 'content-type': 'application/grpc' } }),
  get('a body', QUERY, { body: Buffer.from('{}') }),
  get('an expired timeout', QUERY, { headers: { 'connect-timeout-ms': '0' } }),
  get('a bad timeout', QUERY, { headers: { 'connect-timeout-ms': 'soon' } }),
  get('a header with an unknown encoding', QUERY, { headers: { 'content-encoding': 'br' } }),
  get('gzip accepted', QUERY, { headers: { 'accept-encoding': 'gzip' } }),
  get('a header of version 2', QUERY, { headers: { 'connect-protocol-version': '2' } }),
  get('HEAD instead', QUERY, { method: 'HEAD' }),
  {
    ...get('of what is posted', QUERY, { path: `${pathOf(persist)}?${QUERY}` }),
    method: persist,
  },
];
