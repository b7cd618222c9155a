// Connect calls over HTTP/1.1: JSON, protobuf and GET with its parameters.

import type { Random } from '../../model/random.ts';
import { compressed } from '../envelope.ts';
import {
  delivered,
  encodeRequest,
  type HeaderLine,
  HOST,
  rpcCredential,
} from '../http1-request.ts';
import type { Input, Target } from '../input.ts';
import { mutated } from '../mutate.ts';
import { otherBody, persistBody, restoreBody } from '../posted-body.ts';
import { METHOD_CHOICE, rpcMessage } from '../rpc-message.ts';

const SERVICE = '/cognigy.session.v1.SessionService/';

/** Paths of RPCs, some of which nobody serves. */
export const SESSION_PATHS = [
  ...['Persist', 'Restore', 'Touch', 'Inspect', 'ListSessions', 'Lock', 'Unlock', 'Erase'].map(
    (name) => SERVICE + name,
  ),
  ...[
    `${SERVICE}EraseUser`,
    `${SERVICE}Nothing`,
    SERVICE,
    `${SERVICE}persist`,
    `${SERVICE}Persist/`,
    '/grpc.health.v1.Health/Check',
  ],
  '/cognigy.session.v1.NoService/Persist',
];

const CODINGS = ['gzip', 'identity', 'br', 'zstd', 'GZIP', 'gzip, gzip', '', 'x'];
const TIMEOUTS = ['1', '0', '-1', '100', '5000', '99999999999', '1.5', 'x', ''];
const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/json;charset=x',
];
const PROTO_TYPES = ['application/proto', 'application/x-protobuf', 'application/proto; x=y'];

export function connectCall(random: Random, target: Target): Input {
  const listener = random.chance(0.7) ? 'rpc' : 'webhook';
  const method = random.pick(METHOD_CHOICE);
  const headers: HeaderLine[] = [
    HOST,
    ...rpcCredential(random, target, listener),
    ...callHeaders(random),
  ];
  if (random.chance(0.25)) return getCall(random, { method, headers, listener, target });
  const isJson = random.chance(0.6);
  const [usual = '', ...others] = isJson ? JSON_TYPES : PROTO_TYPES;
  headers.push(['Content-Type', random.chance(0.9) ? usual : random.pick(others)]);
  let body = isJson ? jsonMessage(random, method, target) : rpcMessage(random, method, target);
  if (random.chance(0.1)) {
    headers.push(['Content-Encoding', random.chance(0.6) ? 'gzip' : random.pick(CODINGS)]);
    body = compressed(random, body);
  }
  const path = random.chance(0.95) ? SERVICE + method : random.pick(SESSION_PATHS);
  const bytes = encodeRequest({
    method: 'POST',
    target: path,
    headers,
    ...delivered(random, body),
  });
  return { transport: 'http1', listener, bytes, answers: 'one' };
}

function callHeaders(random: Random): HeaderLine[] {
  const headers: HeaderLine[] = [];
  if (random.chance(0.5))
    headers.push([
      'Connect-Protocol-Version',
      random.chance(0.9) ? '1' : random.pick(['2', '', 'x']),
    ]);
  if (random.chance(0.1)) headers.push(['Connect-Timeout-Ms', random.pick(TIMEOUTS)]);
  if (random.chance(0.05)) headers.push(['Accept-Encoding', random.pick(CODINGS)]);
  return headers;
}

/** JSON for a method; one in five is mutated. */
export function jsonMessage(random: Random, method: string, target: Target): Buffer {
  const options = { ...target, withAliases: false };
  const write = { Persist: persistBody, Restore: restoreBody }[method] ?? otherBody;
  const body = Buffer.from(write(random, options), 'latin1');
  return random.chance(0.2) ? mutated(random, body) : body;
}

type Call = { method: string; headers: HeaderLine[]; listener: 'rpc' | 'webhook'; target: Target };

function getCall(random: Random, { method, headers, listener, target }: Call): Input {
  const encoding = random.chance(0.9)
    ? random.pick(['json', 'proto'])
    : random.pick(['', 'text', 'JSON', 'json,proto', '%']);
  const sent =
    encoding === 'json' ? jsonMessage(random, method, target) : rpcMessage(random, method, target);
  const isZipped = random.chance(0.1);
  const bytes = isZipped ? compressed(random, sent) : sent;
  // A message of its own length could be more than a request line may hold; that is the headers'
  // kind.
  const short = bytes.subarray(0, 4000);
  const isBase64 = isZipped || encoding !== 'json' || random.chance(0.5);
  const parameters = [
    ...[
      'connect=v1',
      `encoding=${encoding}`,
      `message=${isBase64 ? base64Text(random, short) : escaped(short)}`,
    ],
    ...(isBase64 ? ['base64=1'] : []),
    ...(isZipped ? ['compression=gzip'] : []),
  ];
  if (random.chance(0.15)) parameters.splice(random.below(parameters.length), 1);
  if (random.chance(0.1))
    parameters.push(
      random.pick([
        'base64=0',
        'base64=x',
        'connect=v2',
        'encoding=proto',
        'compression=br',
        'message=',
        'message=%',
      ]),
    );
  const path = `${SERVICE}${random.chance(0.7) ? random.pick(['Restore', 'Inspect']) : method}?${parameters.join('&')}`;
  return {
    transport: 'http1',
    listener,
    bytes: encodeRequest({ method: 'GET', target: path, headers }),
    answers: 'one',
  };
}

function base64Text(random: Random, bytes: Buffer): string {
  const text = bytes.toString(random.pick(['base64url', 'base64url', 'base64']));
  const percent = text.replaceAll('+', '%2B').replaceAll('/', '%2F');
  if (random.chance(0.9)) return percent;
  return random.pick([
    `${percent}=`,
    `${percent}!`,
    percent.slice(1),
    `${percent}%`,
    text,
    `%20${percent}`,
  ]);
}

function escaped(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\w.-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
