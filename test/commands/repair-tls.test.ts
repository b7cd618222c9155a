// The repair command reaches a store over TLS by the environment that the service has.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { authorityOfTest } from '../support/certificates.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../support/redis-store.ts';

const REPAIR = join(import.meta.dirname, '../../src/commands/repair.ts');

function repair(sessionId: string, settings: Record<string, string>) {
  const env = { PATH: process.env.PATH, ...settings };
  return new Promise<string>((resolve) => {
    execFile(process.execPath, [REPAIR, sessionId], { env }, (_, stdout) => resolve(stdout));
  });
}

test('repair shows a session that is stored behind TLS', async () => {
  const authority = authorityOfTest();
  const tls = { authority, certificate: authority.issue('server'), wantsCertificates: true };
  const server = await startRedisServer({ tls });
  onTestFinished(() => server.stop());
  const { cert, key, certPath, keyPath } = authority.issue('client');
  const material = { current: () => ({ ca: authority.ca, cert, key }) };
  const store = await openStore(standaloneTarget(server), { tls: material });
  onTestFinished(() => store.close());
  const append = appendOf();
  await store.append(append);

  const STORE_URL = `rediss://127.0.0.1:${server.port}`;
  const files = {
    STORE_TLS_CA: authority.caPath,
    STORE_TLS_CERT: certPath,
    STORE_TLS_KEY: keyPath,
  };
  expect(await repair(append.sessionId, { STORE_URL, ...files })).toContain('live, revision 1');
});
