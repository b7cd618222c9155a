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
};

export const HOST: HeaderLine = ['Host', '127.0.0.1'];

/** The request's bytes, with a Content-Length where it has a body. */
export function encodeRequest({ method, target, version = 'HTTP/1.1', headers, body }: Http1Request): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = body ? `Content-Length: ${body.length}\r\n` : '';
  const head = Buffer.from(`${method} ${target} ${version}\r\n${lines}${length}\r\n`, 'latin1');
  return body ? Buffer.concat([head, body]) : head;
}

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
