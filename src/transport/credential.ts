// Credentials. A secret is compared in constant time, over digests, so that neither its content nor
// its length can be measured; every accepted secret is compared, so that rotation shows nothing
// either.

import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '../session/errors.ts';
import type { Logger } from '../telemetry/log.ts';

/** The ways to present a secret: how a refusal speaks of each, and what a request presents by it. */
const WAYS = {
  'X-API-Key': { form: 'X-API-Key', secretIn: headerNamed('x-api-key') },
  ApiKey: { form: 'Authorization: ApiKey', secretIn: authorizationBy('ApiKey') },
  Bearer: { form: 'Authorization: Bearer', secretIn: authorizationBy('Bearer') },
  'X-Cognigy-Webhook-Token': {
    form: 'X-Cognigy-Webhook-Token',
    secretIn: headerNamed('x-cognigy-webhook-token'),
  },
} as const satisfies Record<
  string,
  { form: string; secretIn: (headers: IncomingHttpHeaders) => string }
>;

type Scheme = keyof typeof WAYS;
type Presented = { scheme: Scheme; secret: string };

/** What one kind of caller must present. */
export type Credential = {
  /** `webhook` or `RPC`, as messages and the log say it. */
  kind: string;
  schemes: readonly Scheme[];
};

/** In any of the ways that Cognigy's nodes can. */
export const WEBHOOK_CREDENTIAL: Credential = {
  kind: 'webhook',
  schemes: ['X-API-Key', 'ApiKey', 'Bearer', 'X-Cognigy-Webhook-Token'],
};

/** In the one way that every RPC client can. */
export const RPC_CREDENTIAL: Credential = { kind: 'RPC', schemes: ['Bearer'] };

/**
 * Passes a request that presents one of the accepted secrets, trimmed. Refuses (`unauthenticated`)
 * one without a secret, (`wrong_bearer`, `wrong_credential`) one with another, and logs what helps
 * to correct it, nothing of the secret.
 */
export function checkCredential(
  headers: IncomingHttpHeaders,
  { kind, schemes }: Credential,
  { accepted, log }: { accepted: readonly string[]; log: Logger },
): void {
  const presented = schemes
    .map((scheme): Presented => ({ scheme, secret: WAYS[scheme].secretIn(headers) }))
    .filter(({ secret }) => secret.trim() !== '');
  if (presented.some(({ secret }) => matchesSecret(secret.trim(), accepted))) return;
  const [first] = presented;
  const raw = first?.secret ?? '';
  log.rarely(`${kind} credential`).warn(`${kind} credential refused`, {
    scheme: first?.scheme ?? (headers.authorization === undefined ? 'none' : 'unknown'),
    receivedLength: raw.trim().length,
    expectedLengths: accepted.map((secret) => secret.length),
    hadWhiteSpace: raw !== raw.trim(),
  });
  throw refusalOf(first?.scheme, { kind, schemes });
}

function matchesSecret(presented: string, accepted: readonly string[]): boolean {
  const digest = sha256(presented);
  return digestsOf(accepted).reduce(
    (matched, one) => timingSafeEqual(digest, one) || matched,
    false,
  );
}

/** Digests of accepted secrets, kept as long as the list of them. */
const digests = new WeakMap<readonly string[], Buffer[]>();

function digestsOf(accepted: readonly string[]): Buffer[] {
  const known = digests.get(accepted) ?? accepted.map(sha256);
  digests.set(accepted, known);
  return known;
}

function refusalOf(presented: Scheme | undefined, { kind, schemes }: Credential): Refusal {
  if (presented === 'Bearer')
    return new Refusal('wrong_bearer', `Forbidden: Invalid ${kind} token`);
  if (presented) return new Refusal('wrong_credential', `Unauthorized: Invalid ${kind} token`);
  const forms = schemes.map((scheme) => WAYS[scheme].form).join(', or ');
  return new Refusal('unauthenticated', `Unauthorized: no ${kind} credential; send ${forms}`);
}

function headerNamed(name: string) {
  return (headers: IncomingHttpHeaders): string => String(headers[name] ?? '');
}

function authorizationBy(scheme: string) {
  const pattern = new RegExp(`^\\s*${scheme}\\s(.*)$`, 'i');
  return ({ authorization = '' }: IncomingHttpHeaders): string =>
    pattern.exec(authorization)?.[1] ?? '';
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
