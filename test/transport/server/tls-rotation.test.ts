import { Agent, get } from 'node:https';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { authorityOfTest } from '../../support/certificates.ts';
import { waitFor } from '../../support/wait-for.ts';
import { echo, fetchHttp2 } from './listener.ts';
import { materialOf, openSecureHttp2, sendSecureBytes, startTlsListener } from './tls-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('new connections are shown the new certificate; those that stand go on', async () => {
  const authority = authorityOfTest();
  const { ca } = authority;
  const listener = await startTlsListener(echo, materialOf(authority.issue('first')));
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  onTestFinished(() => agent.destroy());
  const before = await getOver(agent, listener.baseUrl);
  const session = openSecureHttp2(listener.baseUrl, { ca });
  await fetchHttp2(session);

  listener.rotate(materialOf(authority.issue('second')));
  const { secured, socket } = sendSecureBytes(listener.address, '', { ca });
  await secured;
  expect(socket.getPeerCertificate().subject.CN).toBe('second');
  expect(await getOver(agent, listener.baseUrl)).toEqual(before);
  expect(await fetchHttp2(session)).toMatchObject({ status: 200 });
  expect(before).toMatchObject({ status: 200, shown: 'first' });
});

test('callers of an authority that is trusted no more are refused, also those that were let in before', async () => {
  const [first, second] = [authorityOfTest(), authorityOfTest()];
  const issued = first.issue('service');
  const client = materialOf(first.issue('client'), first.ca);
  const listener = await startTlsListener(echo, materialOf(issued, first.ca));
  const before = sendSecureBytes(listener.address, GET, client);
  const session = sessionOf(before.socket);
  expect(await before.closed).toMatch(/GET 1\.1 $/);

  listener.rotate(materialOf(issued, second.ca));
  expect(
    await sendSecureBytes(listener.address, GET, { ...client, session: session() }).closed,
  ).toBe('');
  await waitFor(() => expect(listener.failures).toHaveLength(1));
  const known = materialOf(second.issue('client'), first.ca);
  expect(await sendSecureBytes(listener.address, GET, known).closed).toMatch(/GET 1\.1 $/);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'over %s a session is resumed, unless clients show certificates, which may have ended since',
  async (maxVersion) => {
    const authority = authorityOfTest();
    const issued = authority.issue('service');
    const client = { ...materialOf(authority.issue('client'), authority.ca), maxVersion };
    const listener = await startTlsListener(echo, materialOf(issued));
    expect(await isResumed(listener.address, client)).toBe(true);
    const asking = await startTlsListener(echo, materialOf(issued, authority.ca));
    expect(await isResumed(asking.address, client)).toBe(false);
    asking.rotate(materialOf(authority.issue('next'), authority.ca));
    expect(await isResumed(asking.address, client)).toBe(false);
  },
);

/** Whether a second connection goes on with what the first has left. */
async function isResumed(address: string, client: ConnectionOptions): Promise<boolean> {
  const first = sendSecureBytes(address, GET, client);
  const session = sessionOf(first.socket);
  await first.closed;
  const second = sendSecureBytes(address, GET, { ...client, session: session() });
  await second.secured;
  const resumed = second.socket.isSessionReused();
  expect(await second.closed).toMatch(/GET 1\.1 $/);
  return resumed;
}

/** The session that the server has offered to go on with, once it has. */
function sessionOf(socket: TLSSocket): () => Buffer {
  let offered: Buffer | undefined;
  socket.on('session', (session) => {
    offered = session;
  });
  return () => {
    if (offered === undefined) throw new Error('no session to resume');
    return offered;
  };
}

/** Gets over the agent's connection; which one it was, by the port of its client, and what it was
 * shown. */
function getOver(
  agent: Agent,
  url: string,
): Promise<{ status: number; port: number; shown: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const socket = response.socket as TLSSocket;
      const answer = {
        status: response.statusCode ?? 0,
        port: socket.localPort ?? 0,
        shown: String(socket.getPeerCertificate().subject.CN),
      };
      response.resume().once('end', () => resolve(answer));
    }).once('error', reject);
  });
}
