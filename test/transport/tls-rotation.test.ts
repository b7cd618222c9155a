import { Agent, get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { echo, fetchHttp2 } from './listener.ts';
import {
  authorityOfTest,
  materialOf,
  openSecureHttp2,
  sendSecureBytes,
  startTlsListener,
} from './tls-listener.ts';

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
  const { socket, closed } = sendSecureBytes(listener.address, GET, client);
  const sessions: Buffer[] = [];
  socket.on('session', (each) => sessions.push(each));
  expect(await closed).toMatch(/GET 1\.1 $/);
  const [session] = sessions;
  if (session === undefined) throw new Error('no session to resume');
  // Shows that the session could be resumed, and that the next check means something.
  const resumed = sendSecureBytes(listener.address, GET, { ...client, session });
  await resumed.secured;
  expect(resumed.socket.isSessionReused()).toBe(true);
  expect(await resumed.closed).toMatch(/GET 1\.1 $/);

  listener.rotate(materialOf(issued, second.ca));
  expect(await sendSecureBytes(listener.address, GET, { ...client, session }).closed).toBe('');
  await vi.waitFor(() => expect(listener.failures).toHaveLength(1));
  const known = materialOf(second.issue('client'), first.ca);
  expect(await sendSecureBytes(listener.address, GET, known).closed).toMatch(/GET 1\.1 $/);
});

/** Gets over the agent's connection; which one it was, by the port of its client, and what it was shown. */
function getOver(agent: Agent, url: string): Promise<{ status: number; port: number; shown: string }> {
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
