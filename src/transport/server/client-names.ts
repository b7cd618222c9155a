// The names in a client's certificate.

import type { TLSSocket } from 'node:tls';

/** One name: a text with commas stands in quotes. */
const NAME = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;

/** Whether the client's certificate has one of the names, each with its kind: `DNS:billing.svc`,
 * `URI:spiffe://prod/billing`. */
export function hasName(socket: TLSSocket, allowed: readonly string[]): boolean {
  const { subjectaltname = '' } = socket.getPeerCertificate();
  const names = subjectaltname.match(NAME) ?? [];
  return names.some((name) => allowed.includes(name.trim()));
}
