// A cluster that speaks nothing but TLS, and has no volumes: nothing is left of it when all its
// Pods go.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority, type TestAuthority } from '../../support/certificates.ts';
import { until } from '../../support/until.ts';
import { createPods, type Pods } from './pods.ts';
import { startWriter } from './writer.ts';

// Six servers take their time.
vi.setConfig({ testTimeout: 60_000 });

const SIX = [0, 1, 2, 3, 4, 5];
const VALUES = { tls: { existingSecret: 'redis-tls' }, persistence: { enabled: false } };

let authority: TestAuthority;
let pods: Pods;
beforeAll(async () => {
  authority = createAuthority();
  const service = 'session-cognigy-session-sidecar-redis.bots.svc';
  const { cert, key } = authority.issue('redis', { names: [`*.${service}`] });
  pods = await createPods(VALUES, { 'ca.crt': authority.ca, 'tls.crt': cert, 'tls.key': key });
  await pods.start(...SIX);
});
afterAll(async () => {
  await pods.remove();
  authority.remove();
});

test('clients find every node by a name that its certificate has', async () => {
  const { code, stderr } = await pods.runJob();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const writer = await startWriter(pods, authority.caPath);
  expect(await writer.end()).toMatchObject({ lost: 0, errors: 0 });
  await until('all to be ready', async () =>
    (await Promise.all(SIX.map(pods.isReady))).every(Boolean) ? true : undefined,
  );
});

test('nothing is answered in plain text', async () => {
  for (const port of ['6379', '16379']) {
    const { stdout, stderr } = await pods.exec(0, 'timeout', '2', 'valkey-cli', '-p', port, 'PING');
    expect(stdout + stderr).not.toMatch(/PONG|NOAUTH/);
  }
  expect((await pods.exec(0, 'sh', '/etc/valkey/live.sh')).code).toBe(0);
});

test('without volumes the cluster is made again, without the Job, when all Pods are new', async () => {
  await pods.end('SIGKILL', ...SIX);
  for (const pod of SIX) await pods.loseVolume(pod);
  await pods.start(...SIX);
  await until(
    'all to be ready',
    async () => ((await Promise.all(SIX.map(pods.isReady))).every(Boolean) ? true : undefined),
    40_000,
  );
  expect(await pods.ask(0, 'CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384');
});
