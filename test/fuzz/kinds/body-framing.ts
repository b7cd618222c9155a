// How bodies are delimited: lengths and chunks that contradict each other or themselves, and what
// hides behind.

import type { Random } from '../../model/random.ts';
import { rpcCredential, webhookCredential } from '../http1-request.ts';
import type { Input, Target } from '../input.ts';
import { oddNumber } from '../odd-texts.ts';

const BODY = '{"sessionId":"s-1","context":{"a":1}}';
const CODINGS = [
  'chunked',
  'Chunked',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'identity',
  ' chunked',
  'x',
];
const CHUNK_SIZES = [
  '0',
  '1',
  'ffffffff',
  'fffffffffffffffff',
  '-1',
  '0x5',
  'g',
  '',
  ' 5',
  '5 ',
  '00000005',
  '7fffffff',
];
const EXTENSIONS = ['', '', ';a=b', ';"', ';a="\r\n"', `;${'e'.repeat(20_000)}`, ' ;a', ';\0'];
const TRAILERS = [
  '',
  '',
  'X-Trailer: 1\r\n',
  'Content-Length: 5\r\n',
  'bad\r\n',
  `T: ${'t'.repeat(30_000)}\r\n`,
];
const HIDDEN = [
  '',
  '',
  'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  '\0',
  'x'.repeat(100),
  '\r\n\r\n',
];

export function bodyFraming(random: Random, target: Target): Input {
  const listener = random.pick(['webhook', 'rpc'] as const);
  const path =
    listener === 'webhook'
      ? '/webhook/cognigy/session'
      : random.pick([
          '/cognigy.session.v1.SessionService/Persist',
          '/cognigy.session.v1.SessionService/Restore',
        ]);
  const credentials =
    listener === 'webhook'
      ? [webhookCredential(random, target)]
      : rpcCredential(random, target, 'rpc');
  const contentType = random.pick([
    'application/json',
    'application/grpc-web+proto',
    'application/proto',
  ]);
  const headers = [
    ...['Host: 127.0.0.1', `Content-Type: ${contentType}`],
    ...credentials.map(([name, value]) => `${name}: ${value}`),
    ...lengths(random),
  ];
  const head = `POST ${path} HTTP/1.${random.chance(0.9) ? 1 : 0}\r\n${headers.join('\r\n')}\r\n\r\n`;
  const bytes = Buffer.from(
    head + (random.chance(0.7) ? chunks(random) : BODY) + random.pick(HIDDEN),
    'latin1',
  );
  return {
    transport: 'http1',
    listener,
    bytes,
    answers: 'any',
    leave: random.chance(0.9) ? 'finish' : 'reset',
  };
}

function lengths(random: Random): string[] {
  const length = () => `Content-Length: ${random.chance(0.5) ? BODY.length : oddNumber(random)}`;
  const coding = () =>
    `Transfer-Encoding: ${random.chance(0.7) ? 'chunked' : random.pick(CODINGS)}`;
  return random.pick([
    () => [coding()],
    () => [coding()],
    () => [length()],
    () => [length(), coding()],
    () => [coding(), length()],
    () => [length(), length()],
    () => [coding(), coding()],
    () => [],
  ])();
}

function chunks(random: Random): string {
  if (random.chance(0.2)) return `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const pieces = Array.from({ length: random.below(4) }, () => {
    const data = BODY.slice(0, random.below(BODY.length + 1));
    const size = random.chance(0.7) ? data.length.toString(16) : random.pick(CHUNK_SIZES);
    return `${size}${random.chance(0.8) ? '' : random.pick(EXTENSIONS)}\r\n${data}${random.chance(0.9) ? '\r\n' : ''}`;
  });
  const end = random.chance(0.8)
    ? `0\r\n${random.pick(TRAILERS)}\r\n`
    : random.pick(['', '0', '0\r\n', '0\r\n\r']);
  return pieces.join('') + end;
}
