import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { hasName } from '../../../src/transport/server/client-names.ts';

/** A socket whose client's certificate has these names, as Node writes them. */
function socketOf(subjectaltname: string | undefined): TLSSocket {
  return { getPeerCertificate: () => ({ subjectaltname }) } as TLSSocket;
}

test.each([
  ['DNS:a.svc, DNS:billing.svc', true],
  ['URI:spiffe://prod/billing', true],
  ['DNS:billing.svc.evil', false],
  ['URI:billing.svc', false],
  // One name, which contains the text of two others.
  ['DNS:"x, DNS:billing.svc, y"', false],
  ['DNS:"x\\", DNS:billing.svc, y"', false],
  ['', false],
  [undefined, false],
])('%s is accepted: %s', (names, accepted) => {
  expect(hasName(socketOf(names), ['DNS:billing.svc', 'URI:spiffe://prod/billing'])).toBe(accepted);
});
