// Which bytes mean what is shown where they are served; here, that looking at them ends with them.

import { expect, test } from 'vitest';
import { authorityOfTest } from '../../support/certificates.ts';
import { createHeldHandler, sendBytes, startListener } from './listener.ts';
import { materialOf, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const limits = { prefaceTimeoutMs: 50 };

test('a client that has spoken is not held to the time for its first bytes', async () => {
  const held = createHeldHandler();
  const { address } = await startListener(held.handler, { limits });
  const { closed } = sendBytes(address, GET);
  await held.arrived;
  // Its time began later, and is over.
  await sendBytes(address, '').closed;
  held.release();
  expect(await closed).toMatch(/answered$/);
});

test('nor is one that has begun its handshake', async () => {
  const held = createHeldHandler();
  const authority = authorityOfTest();
  const { address } = await startTlsListener(held.handler, materialOf(authority.issue('service')), {
    limits,
  });
  const { closed } = sendSecureBytes(address, GET, { ca: authority.ca });
  await held.arrived;
  await sendBytes(address, '').closed;
  held.release();
  expect(await closed).toMatch(/answered$/);
});
