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
  const headers = [
    HOST,
    ...(listener === 'rpc' ? rpcCredential(random, target, 'rpc') : [webhookCredential(random, target)]),
  ];
  const wellFormed = encodeRequest({ method: random.pick(METHODS), target: path, headers });
  const line = `${random.pick(METHODS)} ${path} ${random.pick(VERSIONS)}${random.pick(LINE_ENDS)}Host: a\r\n\r\n`;
  const start = random.chance(0.05) ? someBytes(random, random.below(20)) : Buffer.alloc(0);
  const bytes = random.chance(0.5) ? wellFormed : Buffer.concat([start, Buffer.from(line, 'latin1')]);
  return { transport: 'http1', listener, bytes, answers: 'any', leave: 'finish' };
}
