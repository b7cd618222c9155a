// Credentials. A secret is compared in constant time, and in buffers that have room for the longest
// one, so that neither its content nor its length can be measured; every accepted secret is
// compared, so that rotation shows nothing either.

import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AcceptedSecret, Caller } from '../session/caller.ts';
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
 * Who presents one of the accepted secrets, trimmed. Refuses (`unauthenticated`) a request without a
 * secret, (`wrong_bearer`, `wrong_credential`) one with another, and logs what helps
 * to correct it, nothing of the secret.
 */
export function checkCredential(
  headers: IncomingHttpHeaders,
  { kind, schemes }: Credential,
  { accepted, log }: { accepted: readonly AcceptedSecret[]; log: Logger },
): Caller {
  let first: Presented | undefined;
  for (const scheme of schemes) {
    const secret = WAYS[scheme].secretIn(headers);
    const trimmed = secret.trim();
    if (trimmed === '') continue;
    const caller = callerOf(trimmed, accepted);
    if (caller) return caller;
    first ??= { scheme, secret };
  }
  const raw = first?.secret ?? '';
  log.rarely(`${kind} credential`).warn(`${kind} credential refused`, {
    scheme: first?.scheme ?? (headers.authorization === undefined ? 'none' : 'unknown'),
    receivedLength: raw.trim().length,
    expectedLengths: accepted.map(({ secret }) => secret.length),
    hadWhiteSpace: raw !== raw.trim(),
  });
  throw refusalOf(first?.scheme, { kind, schemes });
}

function callerOf(presented: string, accepted: readonly AcceptedSecret[]): Caller | undefined {
  const { secrets, buffer } = comparisonWith(accepted);
  writeSecret(buffer, presented);
  let place = -1;
  for (let index = 0; index < secrets.length; index += 1)
    if (timingSafeEqual(buffer, secrets[index] as Buffer)) place = index;
  return accepted[place]?.caller;
}

const LENGTH_BYTES = 4;

/** Accepted secrets as they are compared, and room for the one that is presented. */
type Comparison = { secrets: Buffer[]; buffer: Buffer };

/** Kept as long as the list of secrets. */
const comparisons = new WeakMap<readonly AcceptedSecret[], Comparison>();

function comparisonWith(accepted: readonly AcceptedSecret[]): Comparison {
  const known = comparisons.get(accepted);
  if (known) return known;
  const longest = Math.max(0, ...accepted.map(({ secret }) => Buffer.byteLength(secret)));
  const create = () => Buffer.alloc(LENGTH_BYTES + longest);
  const secrets = accepted.map(({ secret }) => writeSecret(create(), secret));
  const created = { secrets, buffer: create() };
  comparisons.set(accepted, created);
  return created;
}

/** The length of a secret, and as much of it as there is room for. */
function writeSecret(to: Buffer, secret: string): Buffer {
  to.fill(0);
  to.writeUInt32BE(Buffer.byteLength(secret));
  to.write(secret, LENGTH_BYTES);
  return to;
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
  return ({ authorization }: IncomingHttpHeaders): string =>
    (authorization === undefined ? undefined : pattern.exec(authorization)?.[1]) ?? '';
}
