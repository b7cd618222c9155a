// Headers: repeated, huge, folded, empty, of odd bytes; those that the service reads, with values
// it does not expect.

import type { Random } from '../../model/random.ts';
import { encodeRequest, type HeaderLine, HOST, webhookCredential } from '../http1-request.ts';
import type { Input, ListenerName, Target } from '../input.ts';
import { oddNumber, oddText, someBytes, utf8 } from '../odd-texts.ts';
import { SESSION_PATHS } from './connect.ts';

const NAMES = [
  ...[
    'Host',
    'Content-Type',
    'Content-Encoding',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Expect',
  ],
  ...[
    'If-Match',
    'If-None-Match',
    'Authorization',
    'X-API-Key',
    'X-Cognigy-Webhook-Token',
    'Origin',
    'TE',
    'Cookie',
  ],
  ...[
    'Sec-Fetch-Site',
    'Connect-Timeout-Ms',
    'Connect-Protocol-Version',
    'Grpc-Timeout',
    'Grpc-Encoding',
    'Upgrade',
  ],
  ...[
    'Accept-Encoding',
    'Keep-Alive',
    'X-HTTP-Method-Override',
    'Trailer',
    'Date',
    'Range',
    '__proto__',
    'constructor',
  ],
  ...[
    'HTTP2-Settings',
    'Proxy-Connection',
    'Forwarded',
    'X-Forwarded-For',
    ':path',
    ':authority',
    'a b',
    '',
    'x\0y',
  ],
];

const VALUES = [
  ...[
    '',
    '127.0.0.1',
    'localhost',
    'example.org',
    '127.0.0.1:x',
    '[::1]',
    '[',
    'a, b',
    'null',
    'http://example.org',
  ],
  ...[
    'close',
    'keep-alive',
    'Upgrade',
    'h2c',
    'websocket',
    '100-continue',
    '200-ok',
    'chunked',
    'gzip',
    'identity',
  ],
  ...[
    'application/json',
    'application/grpc',
    'application/proto',
    'application/grpc-web+proto',
    'multipart/form-data',
  ],
  ...[
    '1',
    '1S',
    '99999999H',
    '1n',
    '-1',
    '1.5',
    '000000000000001m',
    'cross-site',
    'same-origin',
    'Bearer',
    'Bearer ',
  ],
  ...[
    'ApiKey x',
    'Basic eDp5',
    'Bearer  x  y',
    '*',
    '"x"',
    utf8('Bearer größe'),
    'trailers',
    'AAMAAABkAAQAAP__',
  ],
];

const SEPARATORS = [':', ' : ', ':\t', '', ':\r\n ', ':\0'];

export function headerLines(random: Random, target: Target): Input {
  const listener = random.pick<ListenerName>(['webhook', 'webhook', 'rpc', 'rpc', 'admin']);
  const [path, method] = placeOf(random, listener);
  const lines = Array.from({ length: 1 + random.below(6) }, () => someLine(random));
  if (random.chance(0.02)) lines.push(...lines, `X-Large: ${'x'.repeat(random.below(40_000))}\r\n`);
  if (random.chance(0.02))
    lines.push(...Array.from({ length: random.below(3000) }, (_, at) => `h${at}: 1\r\n`));
  const credential: HeaderLine[] = random.chance(0.7)
    ? [credentialFor(random, target, listener)]
    : [];
  const isWithBody = method === 'POST' && random.chance(0.8);
  const request = encodeRequest({
    ...{ method, target: path, headers: random.chance(0.9) ? [HOST, ...credential] : credential },
    ...(isWithBody && { body: Buffer.from('{"sessionId":"s-1"}') }),
  });
  const lineEnd = request.indexOf('\r\n') + 2;
  const bytes = Buffer.concat([
    request.subarray(0, lineEnd),
    Buffer.from(lines.join(''), 'latin1'),
    request.subarray(lineEnd),
  ]);
  return {
    transport: 'http1',
    listener,
    bytes,
    answers: 'any',
    leave: random.chance(0.9) ? 'finish' : 'reset',
  };
}

function placeOf(random: Random, listener: ListenerName): [path: string, method: string] {
  if (listener === 'admin') return [random.pick(['/metrics', '/healthz', '/readyz']), 'GET'];
  if (listener === 'rpc') return [random.pick(SESSION_PATHS), 'POST'];
  return random.pick<[string, string]>([
    ['/webhook/cognigy/session', 'POST'],
    ['/webhook/cognigy/restore', 'POST'],
    ['/api/v1/state/s-1', 'GET'],
    ['/api/v1/state/s-2', 'DELETE'],
  ]);
}

function credentialFor(random: Random, target: Target, listener: ListenerName): HeaderLine {
  if (listener === 'webhook') return webhookCredential(random, target);
  return ['Authorization', `Bearer ${target.rpcToken ?? 'none'}`];
}

function someLine(random: Random): string {
  const name = random.chance(0.05) ? oddText(random) : random.pick(NAMES);
  const chosen = random.below(10);
  let value = random.pick(VALUES);
  if (chosen === 0) value = oddText(random);
  if (chosen === 1) value = oddNumber(random);
  if (chosen === 2) value = someBytes(random, random.below(30)).toString('latin1');
  const end = random.chance(0.95)
    ? '\r\n'
    : random.pick(['\n', '\r', '\r\n folded\r\n', '\r\n\tfolded\r\n', '\n\n']);
  return `${name}${random.chance(0.9) ? ': ' : random.pick(SEPARATORS)}${value}${end}`;
}
