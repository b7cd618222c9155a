import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { authorityOfTest } from '../support/certificates.ts';
import { publishConfigMap } from '../support/config-map.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFolder, logged, pasteRequest, startProcess } from './running-process.ts';

const SECRET = 'configured-secret-configured';
const SECONDS_PER_DAY = 24 * 60 * 60;

/** The common name of the certificate that is shown there. */
function shownAt(address: string, ca: string): Promise<string> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    }).once('error', reject);
  });
}

/** When the webhook's certificate ends, as the metrics have it. */
async function endAt(admin: string): Promise<number> {
  const exposition = await (await fetch(`http://${admin}/metrics`)).text();
  return Number(
    /^cognigy_session_certificate_expiry\S+{use="webhook"} (\d+)$/m.exec(exposition)?.[1],
  );
}

test('a process that may read its certificates alone follows them, on both listeners', async () => {
  const authority = authorityOfTest();
  const folder = createFolder();
  const publish = (name: string, days: number) => {
    const { cert, key } = authority.issue(name, { days });
    publishConfigMap(folder, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.ca });
  };
  publish('first', 10);
  const [cert, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  const running = startProcess({
    ...{ WEBHOOK_TLS_CERT: cert, WEBHOOK_TLS_KEY: key, RPC_TLS_CERT: cert, RPC_TLS_KEY: key },
    ...{ COGNIGY_WEBHOOK_SECRET: SECRET },
  });
  const addresses = [await running.address('webhook'), await running.address('rpc')];
  const { permissions, tls } = await running.up();
  for (const path of [cert, key]) expect(permissions).toContain(`read ${path}`);
  expect(permissions).not.toContain(`read ${ca}`);
  expect(tls).toEqual(['webhook', 'rpc']);
  for (const address of addresses) expect(await shownAt(address, authority.ca)).toBe('first');
  const firstEnd = await endAt(await running.address('admin'));
  publish('second', 20);
  for (const address of addresses)
    await waitFor(async () => expect(await shownAt(address, authority.ca)).toBe('second'));
  const replaced = await logged(running, /a certificate was replaced/);
  expect(replaced).toMatchObject({ path: `${cert}, ${key}` });
  const secondEnd = await endAt(await running.address('admin'));
  expect(Math.round((secondEnd - firstEnd) / SECONDS_PER_DAY)).toBe(10);
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});

test('the request of the banner can be pasted where the webhook uses TLS', async () => {
  const { certPath, keyPath } = authorityOfTest().issue('service');
  const environment = {
    WEBHOOK_TLS_CERT: certPath,
    WEBHOOK_TLS_KEY: keyPath,
    COGNIGY_WEBHOOK_SECRET: SECRET,
  };
  const running = startProcess(environment, { terminal: true });
  expect(await pasteRequest(running, environment)).toMatchObject({
    status: 'accepted',
    revision: 1,
  });
});

test('every problem with certificates stops the start, a line each', async () => {
  const authority = authorityOfTest();
  const [{ certPath }, { keyPath }] = [authority.issue('one'), authority.issue('another')];
  const running = startProcess({
    ...{ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath },
    ...{ RPC_TLS_CERT: '/nowhere', RPC_LISTEN: '0.0.0.0:0', STORE_TLS_CA: authority.caPath },
  });
  expect(await running.exited).toBe(78);
  expect(running.stderr().trim().split('\n')).toEqual([
    'RPC_LISTEN (0.0.0.0:0) is reachable beyond this machine and needs RPC_TOKEN or RPC_TLS_CLIENT_CA',
    'RPC_TLS_CERT is set without RPC_TLS_KEY: a certificate needs its key',
    'STORE_TLS_CA is set without STORE_URL: the embedded store is a file',
    `WEBHOOK_TLS_KEY names ${keyPath}, whose key does not belong to the first certificate of WEBHOOK_TLS_CERT, ${certPath}`,
    'RPC_TLS_CERT names /nowhere, which cannot be read: ENOENT',
  ]);
});

test('a key is shown nowhere, neither in the log nor among the arguments of the process', async () => {
  const { certPath, keyPath, key } = authorityOfTest().issue('service');
  const running = startProcess({
    ...{ WEBHOOK_TLS_CERT: certPath, WEBHOOK_TLS_KEY: keyPath, LOG_LEVEL: 'debug' },
  });
  const address = await running.address('webhook');
  await expect(promisify(execFile)('curl', ['--silent', `https://${address}`])).rejects.toThrow();
  await logged(running, /a TLS handshake failed/);
  const commandLine = readFileSync(`/proc/${running.child.pid}/cmdline`, 'utf8');
  const line = key.split('\n')[1] ?? '';
  expect(line).toHaveLength(64);
  for (const shown of [running.stdout(), running.stderr(), commandLine])
    expect(shown).not.toContain(line);
});
