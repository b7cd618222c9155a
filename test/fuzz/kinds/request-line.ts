// Request lines: methods, targets and versions, right and wrong, at every listener.

import type { Random } from '../../model/random.ts';
import { encodeRequest, HOST, rpcCredential, webhookCredential } from '../http1-request.ts';
import type { Input, ListenerName, Target } from '../input.ts';
import { oddText, someBytes } from '../odd-texts.ts';
import { SESSION_PATHS } from './connect.ts';

const METHODS = [
  ...[
    'GET',
    'POST',
    'PUT',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'CONNECT',
    'PROPFIND',
    'M-SEARCH',
    'PRI',
  ],
  ...['get', 'G', 'GET\t', 'GETT', '\x16\x03\x01', '', 'QUERY', 'SOURCE'],
];

const VERSIONS = [
  ...[
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/2.0',
    'HTTP/3.0',
    'HTTP/1.2',
    'HTTP/2',
  ],
  ...[
    'HTTP/9.9',
    'HTTP/1.10',
    'HTTP/01.1',
    'http/1.1',
    'HTTP/',
    'HTTP/-1.1',
    'HTTP/1,1',
    'ICE/1.0',
    'RTSP/1.0',
    '',
  ],
];

const PATHS = [
  ...[
    '/',
    '/webhook/cognigy/session',
    '/webhook/cognigy/restore',
    '/api/v1/state/s-1',
    '/metrics',
    '/healthz',
  ],
  ...[
    '/readyz',
    '*',
    '',
    '//',
    '/../..',
    '?',
    '#',
    '/%',
    '/a b',
    '\\',
    '127.0.0.1:80',
    'http://',
    'http://[::',
    '/\xff',
  ],
  ...[
    'http://127.0.0.1/healthz',
    'http://example.org',
    'http:/x',
    ':',
    '/;a=b',
    '/'.repeat(300),
    `/${'a'.repeat(20_000)}`,
  ],
];

const LINE_ENDS = ['\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n', '\0\r\n'];

export function requestLine(random: Random, target: Target): Input {
  const listener = random.pick<ListenerName>(['webhook', 'rpc', 'admin']);
  const path = random.chance(0.1) ? oddText(random) : random.pick([...PATHS, ...SESSION_PATHS]);
  const bytes = random.pick<() => Buffer>([
    () => wellFormed(random, target, { listener, path }),
    () => Buffer.from(`${random.pick(METHODS)} ${path} ${lineEnd(random)}`, 'latin1'),
    () => Buffer.from(`GET ${random.pick(SERVED[listener])} ${lineEnd(random)}`, 'latin1'),
    () => someBytes(random, random.below(20)),
  ])();
  return { transport: 'http1', listener, bytes, answers: 'any', leave: 'finish' };
}

/** Pages that need no credential. */
const SERVED: Readonly<Record<ListenerName, readonly string[]>> = {
  webhook: ['/'],
  rpc: ['/grpc.health.v1.Health/Check?connect=v1&encoding=json&message={}'],
  admin: ['/healthz', '/readyz', 'http://127.0.0.1/healthz'],
};

function wellFormed(
  random: Random,
  target: Target,
  { listener, path }: { listener: ListenerName; path: string },
): Buffer {
  const credentials =
    listener === 'rpc' ? rpcCredential(random, target, 'rpc') : [webhookCredential(random, target)];
  return encodeRequest({
    method: random.pick(METHODS),
    target: path,
    headers: [HOST, ...credentials],
  });
}

function lineEnd(random: Random): string {
  const version = random.pick(VERSIONS);
  const end = random.chance(0.7) ? '\r\n' : random.pick(LINE_ENDS);
  return `${version}${end}Host: 127.0.0.1\r\n\r\n`;
}
