// TLS 1.2 lets a client ask for another handshake on a connection that stands. Nobody needs that
// any more, each one costs the server more than the client, and node:http2 leaves such a connection
// behind for ever.

import { expect, test } from 'vitest';
import { authorityOfTest } from '../../support/certificates.ts';
import { echo } from './listener.ts';
import { materialOf, sendSecureBytes, startTlsListener } from './tls-listener.ts';

test.each(['http/1.1', 'h2'])(
  'a client of %s that asks for another handshake is let go',
  async (protocol) => {
    const authority = authorityOfTest();
    const { address, server } = await startTlsListener(
      echo,
      materialOf(authority.issue('service')),
    );
    const options = { ca: authority.ca, maxVersion: 'TLSv1.2', ALPNProtocols: [protocol] } as const;
    const { socket, secured, closed } = sendSecureBytes(address, '', options);
    await secured;
    let renewed = 0;
    socket.on('secure', () => {
      renewed += 1;
    });
    socket.renegotiate({}, () => {});
    await closed;
    expect(renewed).toBe(0);
    await server.shutdown();
  },
);
