// Credentials. A secret is compared in constant time, over digests, so that neither its content nor its
// length can be measured; every accepted secret is compared, so that rotation shows nothing either.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '../session/errors.ts';

/** The ways to present a secret, in the order in which a refusal speaks of them. */
const SCHEMES = ['X-API-Key', 'X-Cognigy-Webhook-Token', 'ApiKey', 'Bearer'] as const;

type Scheme = (typeof SCHEMES)[number];
type Presented = { scheme: Scheme; secret: string };

/** What is logged of a refused credential: enough to mend it, nothing of the secret. */
export type CredentialRefusal = {
  scheme: Scheme | 'none' | 'unknown';
  receivedLength: number;
  expectedLengths: number[];
  hadWhiteSpace: boolean;
};

/** Whether a presented secret, trimmed, is one of the accepted ones. */
export function matchesSecret(presented: string, accepted: readonly string[]): boolean {
  const digest = sha256(presented.trim());
  return accepted.reduce((matched, secret) => timingSafeEqual(digest, sha256(secret)) || matched, false);
}

/**
 * Passes a request that presents an accepted secret in any of the ways that Cognigy's nodes can. Refuses
 * (`unauthenticated`) one without, (`wrong_bearer`, `wrong_credential`) one with another.
 */
export function checkWebhookCredential(
  headers: IncomingHttpHeaders,
  accepted: readonly string[],
  onRefused: (refusal: CredentialRefusal) => void,
): void {
  const presented = presentedIn(headers);
  if (presented.some(({ secret }) => matchesSecret(secret, accepted))) return;
  const [first] = presented;
  const raw = first?.secret ?? '';
  onRefused({
    scheme: first?.scheme ?? (headers.authorization === undefined ? 'none' : 'unknown'),
    receivedLength: raw.trim().length,
    expectedLengths: accepted.map((secret) => secret.length),
    hadWhiteSpace: raw !== raw.trim(),
  });
  throw refusalOf(first);
}

function refusalOf(presented: Presented | undefined): Refusal {
  if (!presented) {
    return new Refusal(
      'unauthenticated',
      'Unauthorized: no webhook credential; send X-API-Key, Authorization: ApiKey, Authorization: Bearer, ' +
        'or X-Cognigy-Webhook-Token',
    );
  }
  if (presented.scheme === 'Bearer') return new Refusal('wrong_bearer', 'Forbidden: Invalid webhook token');
  return new Refusal('wrong_credential', 'Unauthorized: Invalid webhook token');
}

function presentedIn(headers: IncomingHttpHeaders): Presented[] {
  return SCHEMES.flatMap((scheme) => {
    const header = headers[scheme.toLowerCase()];
    const secret = header === undefined ? authorizationOf(headers, scheme) : String(header);
    return secret?.trim() ? [{ scheme, secret }] : [];
  });
}

function authorizationOf({ authorization = '' }: IncomingHttpHeaders, scheme: Scheme): string | undefined {
  const [name = '', ...rest] = authorization.trim().split(' ');
  return name.toLowerCase() === scheme.toLowerCase() ? rest.join(' ') : undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
