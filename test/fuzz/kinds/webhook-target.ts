// Paths and queries of the webhook: ids in every encoding, parameters missing, twice and broken.

import type { Random } from '../../model/random.ts';
import { encodeRequest, type HeaderLine, HOST, webhookCredential } from '../http1-request.ts';
import type { Http1Input, Input, Target } from '../input.ts';
import { oddNumber, oddText, someId } from '../odd-texts.ts';

const METHODS = ['GET', 'GET', 'GET', 'DELETE', 'POST', 'HEAD', 'OPTIONS', 'PUT'];
const PARAMETERS = ['revision', 'raw', 'sessionId', 'userId', '__proto__', ''];
const NAMED = [
  ...['/api/v1/state/{}', '/api/v1/state/{}/restore', '/debug/session/{}', '/api/v1/users/{}'],
  ...['/api/v1/state/{}', '/api/v1/state/{}/restore', '/debug/session/{}', '/api/v1/users/{}'],
  ...[
    '/api/v1/state/{}/',
    '/api/v1/state//{}',
    '//api/v1/state/{}',
    '/api/v1/./state/{}',
    '/API/v1/state/{}',
  ],
];

export function webhookTarget(random: Random, target: Target): Input {
  const method = random.pick(METHODS);
  const headers: HeaderLine[] = [HOST, webhookCredential(random, target), ...conditions(random)];
  const encoded = random.pick(NAMED).replace('{}', () => encodedId(random, target));
  const bytes = encodeRequest({
    method,
    target: someForm(random, encoded + someQuery(random)),
    headers,
  });
  return { transport: 'http1', listener: 'webhook', bytes, ...answersTo(method) };
}

/** A request in due form, without a body. */
export function answersTo(method: string): Pick<Http1Input, 'answers' | 'isHead'> {
  return { answers: 'one', isHead: method === 'HEAD' };
}

function conditions(random: Random): HeaderLine[] {
  if (random.chance(0.8)) return [];
  const name = random.pick([
    'If-Match',
    'If-None-Match',
    'if-match',
    'If-Modified-Since',
    'If-Range',
  ]);
  return [[name, random.pick(['*', '"x"', 'W/"x"', 'none', '', '"a", "b"', '"', 'x'.repeat(200)])]];
}

function encodedId(random: Random, { nearIds }: Target): string {
  const id = someId(random, random.pick(['s', 'u']), nearIds);
  const encode = random.pick([percentEncoded, percentEncoded, doublyEncoded, brokenEncoding]);
  return encode(id);
}

function percentEncoded(id: string): string {
  return id.replace(/[^\w-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function doublyEncoded(id: string): string {
  return percentEncoded(id).replaceAll('%', '%25');
}

function brokenEncoding(id: string): string {
  return `${percentEncoded(id)}%`;
}

export function someQuery(random: Random): string {
  if (random.chance(0.5)) return '';
  const value = () => {
    const chosen = random.below(4);
    if (chosen === 0) return percentEncoded(oddText(random));
    return chosen === 1
      ? oddNumber(random)
      : random.pick(['true', 'false', '1', '0', '', '%zz', '%c3%28', '+']);
  };
  const parameters = Array.from(
    { length: random.below(4) },
    () => `${random.pick(PARAMETERS)}=${value()}`,
  );
  return `?${parameters.join(random.chance(0.9) ? '&' : ';')}`;
}

/** A path as it is, or as the other forms of a target have it. */
function someForm(random: Random, path: string): string {
  if (random.chance(0.9)) return path;
  return (
    random.pick(['http://127.0.0.1', 'HTTP://example.org:80', 'https://[::1]', 'http://u:p@h']) +
    path
  );
}
