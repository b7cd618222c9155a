// TLS to the store in the service as it is deployed: its files mounted like a Secret, under Node's
// permission model.

import { expect, test } from 'vitest';
import { kept } from '../store/redis/connection/refused-calls.ts';
import { authorityOfTest, type TestAuthority } from '../support/certificates.ts';
import { publishConfigMap } from '../support/config-map.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFolder, logged, startProcess } from './running-process.ts';

test('a client certificate that is replaced in its Secret brings the service back to its store', async () => {
  const [authority, next] = [authorityOfTest(), authorityOfTest()];
  const tls = { authority, certificate: authority.issue('server'), wantsCertificates: true };
  const server = kept(await startRedisServer({ tls }));
  const folder = createFolder();
  const publish = (signer: TestAuthority) => {
    const { cert, key } = signer.issue('client');
    publishConfigMap(folder, { 'ca.crt': authority.ca, 'tls.crt': cert, 'tls.key': key });
  };
  publish(authority);
  const running = startProcess({
    STORE_URL: `rediss://127.0.0.1:${server.port}`,
    STORE_TLS_CA: `${folder}/ca.crt`,
    STORE_TLS_CERT: `${folder}/tls.crt`,
    STORE_TLS_KEY: `${folder}/tls.key`,
  });
  const admin = await running.address('admin');
  const readiness = async () => {
    const answer = await fetch(`http://${admin}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  await waitFor(async () => expect((await readiness()).status).toBe(200));

  await server.client.config('SET', 'tls-ca-cert-file', next.caPath);
  await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const refused = { status: 503, text: expect.stringContaining(`127.0.0.1:${server.port}: `) };
  await waitFor(async () => expect(await readiness()).toEqual(refused));
  expect((await readiness()).text).toContain('client certificate');
  expect(String((await logged(running, /the store cannot be reached/)).reason)).toContain(
    'client certificate',
  );

  publish(next);
  await waitFor(async () => expect((await readiness()).status).toBe(200));
  expect(running.stderr()).not.toContain('PRIVATE KEY');
});
