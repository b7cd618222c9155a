// `helm test`: its Pod, with the files that it mounts, passes at a real service with TLS.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFolder, startProcess } from '../main/running-process.ts';
import { authorityOfTest } from '../support/certificates.ts';
import { SECRET } from '../support/running-app.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';

const COMMANDS = join(import.meta.dirname, '../../src/commands');
const SERVICE = 'session-cognigy-session-sidecar-gateway.bots.svc';

async function renderPod(values: object = {}): Promise<Manifest> {
  return theOnly(
    await renderChart({ values: { store: { url: 'redis://redis' }, ...values } }),
    'Pod',
  );
}

test('the Pod passes, with the secret and the certificates that it mounts', async () => {
  const { spec } = await renderPod({
    webhook: { existingSecret: 'callers', tls: { existingSecret: 'certificate' } },
  });
  const [container] = spec.containers;
  const authority = authorityOfTest();
  const certificate = authority.issue('gateway', { names: [SERVICE] });
  const secrets: Record<string, Record<string, string>> = {
    callers: { 'webhook-secret': SECRET },
    certificate: { 'tls.crt': certificate.cert, 'ca.crt': authority.ca },
  };
  // As the kubelet mounts them: links to files in a folder with a date.
  const folder = createFolder();
  mkdirSync(join(folder, '..2024'));
  for (const { secret } of spec.volumes[0].projected.sources)
    for (const { key, path } of secret.items) {
      writeFileSync(join(folder, '..2024', path), secrets[secret.name]?.[key] ?? '');
      symlinkSync(join('..2024', path), join(folder, path));
    }
  const tls = createFolder();
  writeFileSync(join(tls, 'tls.crt'), certificate.cert);
  writeFileSync(join(tls, 'tls.key'), certificate.key);
  const service = startProcess({
    COGNIGY_WEBHOOK_SECRET: SECRET,
    WEBHOOK_TLS_CERT: join(tls, 'tls.crt'),
    WEBHOOK_TLS_KEY: join(tls, 'tls.key'),
  });
  const address = await service.address('webhook');

  const { mountPath } = container.volumeMounts[0];
  const [command = '', url = '', ...args] = container.args.map((word: string) =>
    word.replace('dist/', `${COMMANDS}/`).replace('.cjs', '.ts').replace(mountPath, folder),
  );
  expect(url).toBe(`https://${SERVICE}:80`);
  const env = Object.fromEntries(
    container.env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value.replace(mountPath, folder),
    ]),
  );
  const parameters = [command, `https://${address}`, ...args, `--server-name=${SERVICE}`];
  const output = execFileSync(process.execPath, parameters, { env, encoding: 'utf8' });
  expect(output).toMatch(/^(ok: .*\n){5}$/);
});

test('values may name another server name and another port of the Service', async () => {
  const { spec } = await renderPod({
    gateway: { service: { port: 8443 } },
    tests: { serverName: 'sessions.example.com' },
  });
  expect(spec.containers[0].args).toEqual([
    'dist/check-gateway.cjs',
    `http://${SERVICE}:8443`,
    '--certificates=/etc/session-sidecar-tests',
    '--server-name=sessions.example.com',
  ]);
});
