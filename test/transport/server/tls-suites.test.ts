// Which versions and cipher suites of TLS a listener takes: those with forward secrecy and
// authenticated encryption. What was recorded cannot be read later by whoever gets the key, and no
// padding can be guessed at.

import { once } from 'node:events';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { authorityOfFile } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo } from './listener.ts';
import { materialOf, startTlsListener } from './tls-listener.ts';

const authority = authorityOfFile();
const certificates = {
  ECDSA: authority.issue('service'),
  RSA: authority.issue('service', { rsa: true }),
};

/** The suite of a handshake, or what it failed with. */
async function shakeHands(kind: 'ECDSA' | 'RSA', options: ConnectionOptions) {
  const listener = await startTlsListener(echo, materialOf(certificates[kind]));
  // Exchanged certificates are shown under the same rules.
  listener.rotate(materialOf(certificates[kind]));
  const [host = '', port] = listener.address.split(':');
  const socket = connect({ host, port: Number(port), ca: authority.ca, ...options });
  onTestFinished(() => void socket.destroy());
  const ended = once(socket, 'secureConnect').then(
    () => `${socket.getProtocol()} ${socket.getCipher().standardName}`,
    (error) => String(error.code),
  );
  return { suite: await ended, failures: listener.failures };
}

// The lowest level of security, at which the client offers whatever it knows.
const offering = (ciphers: string): ConnectionOptions => ({
  ciphers: `${ciphers}:@SECLEVEL=0`,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.2',
});

test.each([
  ['ECDSA', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['ECDSA', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['ECDSA', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['RSA', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['RSA', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['RSA', 'ECDHE-RSA-CHACHA20-POLY1305'],
] as const)('with a key of %s, TLS 1.2 with %s is taken', async (kind, suite) => {
  expect((await shakeHands(kind, offering(suite))).suite).toMatch(/^TLSv1\.2 TLS_ECDHE_/);
});

test.each([
  ['ECDSA', 'ECDHE-ECDSA-AES128-SHA'],
  ['ECDSA', 'ECDHE-ECDSA-AES256-SHA384'],
  ['ECDSA', 'ECDHE-ECDSA-AES128-CCM8'],
  ['RSA', 'ECDHE-RSA-AES128-SHA256'],
  ['RSA', 'ECDHE-RSA-AES256-SHA'],
  ['RSA', 'AES128-SHA'],
  ['RSA', 'AES256-SHA256'],
  ['RSA', 'AES128-GCM-SHA256'],
  ['RSA', 'AES256-GCM-SHA384'],
  ['RSA', 'DHE-RSA-AES128-GCM-SHA256'],
] as const)('with a key of %s, TLS 1.2 with %s is refused, and counted', async (kind, suite) => {
  const { suite: taken, failures } = await shakeHands(kind, offering(suite));
  expect(taken).toMatch(/ALERT_HANDSHAKE_FAILURE$/);
  await waitFor(() => expect(failures).toEqual(['ERR_SSL_NO_SHARED_CIPHER']));
});

test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
  const { suite, failures } = await shakeHands('RSA', {
    ...offering('ALL'),
    maxVersion: version,
  });
  expect(suite).toMatch(/PROTOCOL_VERSION$/);
  await waitFor(() => expect(failures).toEqual(['ERR_SSL_UNSUPPORTED_PROTOCOL']));
});

test('a client of today gets TLS 1.3', async () => {
  expect((await shakeHands('ECDSA', {})).suite).toBe('TLSv1.3 TLS_AES_256_GCM_SHA384');
});
