import { expect, test } from 'vitest';
import { authorityOfFile, type IssuedCertificate } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo, fetchHttp2 } from './listener.ts';
import { materialOf, openSecureHttp2, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

// Of one name, as an attacker would have it.
const [authority, stranger] = [authorityOfFile(), authorityOfFile()];
const issued = authority.issue('service');

test('a client with a certificate of the authority is served, over either protocol', async () => {
  const { address, baseUrl, failures } = await startTlsListener(
    echo,
    materialOf(issued, authority.ca),
  );
  const client = materialOf(authority.issue('client'), authority.ca);
  expect(await sendSecureBytes(address, GET, client).closed).toMatch(/GET 1\.1 $/);
  expect(await fetchHttp2(openSecureHttp2(baseUrl, client))).toMatchObject({ status: 200 });
  expect(failures).toEqual([]);
});

test.each<[string, () => IssuedCertificate | undefined, RegExp]>([
  ['none', () => undefined, /^ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE$/],
  [
    'one of another authority',
    () => stranger.issue('client'),
    /^CERT_SIGNATURE_FAILURE$|^UNABLE_TO_/,
  ],
  ['one that has expired', () => authority.issue('client', { days: -1 }), /^CERT_HAS_EXPIRED$/],
])(
  'a client with %s is refused before it is heard, and counted',
  async (_, certificate, reason) => {
    let requests = 0;
    const { address, failures, server } = await startTlsListener(
      echo,
      materialOf(issued, authority.ca),
      {
        onStarted: () => {
          requests += 1;
        },
      },
    );
    const shown = certificate();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = { ...(shown && materialOf(shown)), ca: authority.ca, maxVersion };
      expect(await sendSecureBytes(address, GET, client).closed).toBe('');
    }
    await waitFor(() =>
      expect(failures).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]),
    );
    expect(requests).toBe(0);
    await server.shutdown();
  },
);
