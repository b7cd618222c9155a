// A Secret that exists without the key that values name is refused at once: Pods would wait for it.

import { describe, expect, test } from 'vitest';
import { type Manifest, renderChart } from './render.ts';

const SENTINELS = {
  url: 'rediss+sentinel://a/mymaster',
  existingSecret: 'store',
  sentinel: { existingSecret: 'sentinel', existingSecretPasswordKey: 'password' },
  tls: { existingSecret: 'store-tls', certKey: 'client.crt', keyKey: 'client.key' },
  legacy: { existingSecret: 'former' },
  encryption: { existingSecret: 'keys' },
};
const EVERY_SECRET = {
  store: SENTINELS,
  settings: { LEGACY_STATE: 'read' },
  webhook: { existingSecret: 'hook', tls: { existingSecret: 'hook-tls' } },
  rpc: { enabled: true, existingSecret: 'rpc', tls: { existingSecret: 'rpc-tls' } },
};
const BUNDLED = {
  redisCluster: { enabled: true, existingSecret: 'redis', tls: { existingSecret: 'redis-tls' } },
};

const secret = (name: string, keys: string[], annotations = {}): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret' },
  metadata: { name, namespace: 'bots', annotations },
  data: Object.fromEntries(keys.map((key) => [key, btoa('a value')])),
});

describe('a key that is missing is named', () => {
  test.each([
    ['store.existingSecret', EVERY_SECRET, 'store', ['redis-password']],
    ['store.sentinel.existingSecret', EVERY_SECRET, 'sentinel', ['password']],
    [
      ...(['store.tls.existingSecret', EVERY_SECRET, 'store-tls'] as const),
      ['ca.crt', 'client.crt', 'client.key'],
    ],
    ['store.legacy.existingSecret', EVERY_SECRET, 'former', ['legacy-store-url']],
    ['store.encryption.existingSecret', EVERY_SECRET, 'keys', ['encryption-keys.json']],
    ['webhook.existingSecret', EVERY_SECRET, 'hook', ['webhook-secret']],
    ['webhook.tls.existingSecret', EVERY_SECRET, 'hook-tls', ['tls.crt', 'tls.key']],
    ['rpc.existingSecret', EVERY_SECRET, 'rpc', ['rpc-token']],
    ['rpc.tls.existingSecret', EVERY_SECRET, 'rpc-tls', ['tls.crt', 'tls.key']],
    ['redisCluster.existingSecret', BUNDLED, 'redis', ['redis-password']],
    [
      ...(['redisCluster.tls.existingSecret', BUNDLED, 'redis-tls'] as const),
      ['ca.crt', 'tls.crt', 'tls.key'],
    ],
  ])('%s', async (path, values, name, keys) => {
    const whole = renderChart({ values, cluster: [secret(name, ['other', ...keys])] });
    await expect(whole).resolves.toBeDefined();
    const last = keys.at(-1) ?? '';
    const present = ['other', ...keys.slice(0, -1)];
    await expect(renderChart({ values, cluster: [secret(name, present)] })).rejects.toThrow(
      `${path}: the Secret ${name} has no key ${last}; it has ${present.toSorted().join(', ')}`,
    );
  });
});

test('so is that of a sidecar in a chart that includes the library', async () => {
  const sessionSidecar = { store: { url: 'redis://a', existingSecret: 'store' } };
  const render = (keys: string[]) =>
    renderChart({
      ...{ chart: 'example', values: { sessionSidecar }, cluster: [secret('store', keys)] },
    });
  await expect(render(['redis-password'])).resolves.toBeDefined();
  await expect(render(['password'])).rejects.toThrow(
    'store.existingSecret: the Secret store has no key redis-password; it has password',
  );
});

describe('so is that of sidecars that are injected', () => {
  const inject = (values: object, keys: string[], namespaceSelector = {}) =>
    renderChart({
      values: { ...values, injection: { enabled: true, namespaceSelector } },
      cluster: [secret('store', keys)],
    });
  const store = { url: 'redis://a', existingSecret: 'store' };
  const OF_SIDECARS = { gateway: { enabled: false }, injectedSidecar: { store } };

  test('in the namespace of the release', async () => {
    await expect(inject(OF_SIDECARS, ['redis-password'])).resolves.toBeDefined();
    await expect(inject(OF_SIDECARS, ['password'])).rejects.toThrow(
      'injectedSidecar.store.existingSecret: the Secret store has no key redis-password',
    );
    await expect(inject({ gateway: { enabled: false }, store }, ['password'])).rejects.toThrow(
      'store.existingSecret: the Secret store has no key redis-password',
    );
  });

  test('but not of other namespaces', async () => {
    const elsewhere = { matchLabels: { team: 'orders' } };
    await expect(inject(OF_SIDECARS, ['password'], elsewhere)).resolves.toBeDefined();
  });
});

test('a Secret without any says so', async () => {
  await expect(
    renderChart({ values: EVERY_SECRET, cluster: [secret('hook', [])] }),
  ).rejects.toThrow('has no key webhook-secret; it has none');
});

test('a Secret of the same release may get the key with the upgrade', async () => {
  const ownership = { 'meta.helm.sh/release-name': 'session' };
  const cluster = [secret('hook', [], ownership)];
  await expect(renderChart({ values: EVERY_SECRET, cluster })).resolves.toBeDefined();
});
