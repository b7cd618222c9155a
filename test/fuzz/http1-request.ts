// A request of HTTP/1.1 in due form, as bytes; generators change its parts.

import type { Random } from '../model/random.ts';
import type { Target } from './input.ts';

export type HeaderLine = readonly [name: string, value: string];

/** Texts are binary: a character is a byte. */
export type Http1Request = {
  method: string;
  target: string;
  version?: string;
  headers: readonly HeaderLine[];
  /** Undefined: no body and no length. */
  body?: Buffer;
  /** The body comes in chunks, and its length is not said beforehand. */
  isChunked?: boolean;
};

/** How large a body may be where nothing else is set. */
const BODY_MAX_BYTES = 1024 * 1024;
const CHUNK_BYTES = 32 * 1024;

export const HOST: HeaderLine = ['Host', '127.0.0.1'];

/** The request's bytes, with what delimits the body where it has one. */
export function encodeRequest(request: Http1Request): Buffer {
  const { method, target, version = 'HTTP/1.1', headers, body, isChunked = false } = request;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const delimiter = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body?.length}`;
  const length = body ? `${delimiter}\r\n` : '';
  const head = Buffer.from(`${method} ${target} ${version}\r\n${lines}${length}\r\n`, 'latin1');
  return body ? Buffer.concat([head, isChunked ? inChunks(body) : body]) : head;
}

function inChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const chunk = body.subarray(at, at + CHUNK_BYTES);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/** The body as a request brings it: at times in chunks; now and then with white space behind it
 * that makes it too large, so that it is refused before it has come in whole. */
export function delivered(random: Random, body: Buffer): Pick<Http1Request, 'body' | 'isChunked'> {
  const isTooLarge = random.chance(0.002);
  const padding = isTooLarge
    ? Buffer.alloc(BODY_MAX_BYTES + random.below(BODY_MAX_BYTES), ' ')
    : NOTHING;
  return { body: Buffer.concat([body, padding]), isChunked: random.chance(0.15) };
}

const NOTHING = Buffer.alloc(0);

/** Mostly the right credential of the webhook, in one of its forms. */
export function webhookCredential(random: Random, { secret }: Target): HeaderLine {
  const presented = random.chance(0.05) ? `${secret}x` : secret;
  return random.pick<HeaderLine>([
    ['X-API-Key', presented],
    ['X-API-Key', ` ${presented}\t`],
    ['Authorization', `Bearer ${presented}`],
    ['authorization', `ApiKey ${presented}`],
    ['X-Cognigy-Webhook-Token', presented],
  ]);
}

/** Mostly the right credential for RPCs of a listener; none where none is demanded. */
export function rpcCredential(
  random: Random,
  { secret, rpcToken }: Target,
  listener: 'webhook' | 'rpc',
): HeaderLine[] {
  const expected = listener === 'webhook' ? secret : rpcToken;
  if (expected === undefined || random.chance(0.03)) return [];
  return [['authorization', `Bearer ${random.chance(0.03) ? 'another-token-of-16' : expected}`]];
}
