// The secrets of the gateway: those that are named, those that are made, and that both are files to
// the Pod.

import { describe, expect, test } from 'vitest';
import { type Manifest, manifestsFrom, renderChart, renderText, theOnly } from './render.ts';
import { optionsOf, VARIANTS } from './variants.ts';

const PREFIX = 'session-cognigy-session-sidecar';

/** What is made for a cluster with these objects. */
const render = (values: object = {}, cluster: Manifest[] = []) =>
  renderChart({ values: { store: { url: 'redis://redis:6379' }, ...values }, cluster });
const secretsOf = (manifests: Manifest[]) => manifests.filter(({ kind }) => kind === 'Secret');

/** The files of a Pod by path, as `Secret/key`, and what its environment names of them. */
function filesOf(manifests: Manifest[]): Record<string, string> {
  const { volumes, containers } = theOnly(manifests, 'Deployment').spec.template.spec;
  const [{ volumeMounts, env }] = containers;
  const named = env.map(({ value }: { value?: string }) => value);
  return Object.fromEntries(
    volumes.flatMap(({ name, secret }: Manifest) => {
      const mount = volumeMounts.find((candidate: { name: string }) => candidate.name === name);
      expect(mount).toMatchObject({ readOnly: true });
      expect(mount).not.toHaveProperty('subPath');
      return (secret?.items ?? []).map(({ key, path }: { key: string; path: string }) => {
        expect(named).toContain(`${mount.mountPath}/${path}`);
        return [`${mount.mountPath}/${path}`, `${secret.secretName}/${key}`];
      });
    }),
  );
}

describe('without a name', () => {
  test('a secret of 40 characters is made, which stays where it is', async () => {
    const made = theOnly(await render(), 'Secret');
    expect(made.metadata).toMatchObject({
      name: `${PREFIX}-webhook`,
      annotations: { 'helm.sh/resource-policy': 'keep' },
    });
    expect(atob(made.data['webhook-secret'])).toMatch(/^[A-Za-z0-9]{40}$/);
  });

  test('its key is the one that values say, also if YAML would read it as something else', async () => {
    const made = theOnly(await render({ webhook: { existingSecretKey: '1.10' } }), 'Secret');
    expect(Object.keys(made.data)).toEqual(['1.10']);
  });

  test('no two installations have the same', async () => {
    const [one, another] = await Promise.all([render(), render()]);
    expect(theOnly(one, 'Secret').data).not.toEqual(theOnly(another, 'Secret').data);
  });

  test('an upgrade keeps the value that the cluster has', async () => {
    const data = { 'webhook-secret': btoa('the present secret'), other: '' };
    const metadata = {
      ...{ name: `${PREFIX}-webhook`, namespace: 'bots' },
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'meta.helm.sh/release-name': 'session',
        'meta.helm.sh/release-namespace': 'bots',
      },
    };
    const present = { apiVersion: 'v1', kind: 'Secret', metadata, data };
    const { data: kept } = theOnly(await render({}, [present]), 'Secret');
    expect(kept).toEqual({ 'webhook-secret': data['webhook-secret'] });
  });

  test('a token is made for rpc where it is on', async () => {
    const manifests = await render({ rpc: { enabled: true, plaintext: true } });
    expect(
      secretsOf(manifests)
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([`${PREFIX}-rpc`, `${PREFIX}-webhook`]);
    expect(filesOf(manifests)).toMatchObject({
      '/etc/session-sidecar/rpc/rpc-token': `${PREFIX}-rpc/rpc-token`,
    });
  });

  test('no token is made where callers show certificates', async () => {
    const rpc = { enabled: true, tls: { existingSecret: 'rpc-tls', clientCaKey: 'ca.crt' } };
    const manifests = await render({ rpc });
    expect(secretsOf(manifests)).toHaveLength(1);
    const rpcFiles = Object.keys(filesOf(manifests)).filter((path) => path.includes('/rpc'));
    expect(rpcFiles.sort()).toEqual([
      '/etc/session-sidecar/rpc-tls/ca.crt',
      '/etc/session-sidecar/rpc-tls/tls.crt',
      '/etc/session-sidecar/rpc-tls/tls.key',
    ]);
  });
});

describe('without a cluster, as Argo CD renders', () => {
  test.each(VARIANTS)(
    'nothing of $name changes from one rendering to the next',
    async (variant) => {
      const options = optionsOf(variant, '1.36');
      const [once, again] = await Promise.all([renderText(options), renderText(options)]);
      expect(again).toBe(once);
    },
  );

  test('no secret is made, and the output says what to create', async () => {
    const values = {
      rpc: { enabled: true, plaintext: true, existingSecretTokenKey: 'token' },
      redisCluster: { enabled: true },
    };
    const text = await renderText({ values });
    expect(secretsOf(manifestsFrom(text))).toEqual([]);
    for (const [name, key] of [
      [`${PREFIX}-webhook`, 'webhook-secret'],
      [`${PREFIX}-rpc`, 'token'],
      [`${PREFIX}-redis`, 'redis-password'],
    ])
      expect(text).toContain(
        `#   kubectl --namespace bots create secret generic ${name} --from-literal=${key}="$(`,
      );
  });
});

test('what is named is used, each key as a file of its own folder, and nothing is made', async () => {
  const manifests = await render({
    store: {
      url: 'rediss+sentinel://a/mymaster',
      existingSecret: 'store',
      sentinel: { existingSecret: 'sentinel' },
      tls: { existingSecret: 'store-tls', certKey: 'client.crt', keyKey: 'client.key' },
      legacy: { existingSecret: 'former' },
      encryption: { existingSecret: 'keys' },
    },
    settings: { LEGACY_STATE: 'read' },
    webhook: {
      existingSecret: 'hook',
      existingSecretKey: 'its.key',
      tls: { existingSecret: 'hook-tls' },
    },
    rpc: { enabled: true, existingSecret: 'token', tls: { existingSecret: 'rpc-tls' } },
  });
  expect(secretsOf(manifests)).toEqual([]);
  expect(filesOf(manifests)).toEqual({
    '/etc/session-sidecar/webhook/its.key': 'hook/its.key',
    '/etc/session-sidecar/webhook-tls/tls.crt': 'hook-tls/tls.crt',
    '/etc/session-sidecar/webhook-tls/tls.key': 'hook-tls/tls.key',
    '/etc/session-sidecar/rpc/rpc-token': 'token/rpc-token',
    '/etc/session-sidecar/rpc-tls/tls.crt': 'rpc-tls/tls.crt',
    '/etc/session-sidecar/rpc-tls/tls.key': 'rpc-tls/tls.key',
    '/etc/session-sidecar/store/redis-password': 'store/redis-password',
    '/etc/session-sidecar/sentinel/redis-password': 'sentinel/redis-password',
    '/etc/session-sidecar/legacy/legacy-store-url': 'former/legacy-store-url',
    '/etc/session-sidecar/encryption/encryption-keys.json': 'keys/encryption-keys.json',
    '/etc/session-sidecar/store-tls/ca.crt': 'store-tls/ca.crt',
    '/etc/session-sidecar/store-tls/client.crt': 'store-tls/client.crt',
    '/etc/session-sidecar/store-tls/client.key': 'store-tls/client.key',
  });
});

test('the password of the bundled cluster is the one that the cluster has', async () => {
  const manifests = await render({ store: { url: '' }, redisCluster: { enabled: true } });
  const files = filesOf(manifests);
  const [name, key] = files['/etc/session-sidecar/store/redis-password']?.split('/') ?? [];
  expect(theOnly(manifests, 'Secret', name).data).toHaveProperty([key ?? '']);
});

describe('flow definitions', () => {
  const definitions = {
    'default.json': { context: { type: 'object', maxProperties: 1000000 } },
    'checkout.json': '\n  { "ttl": "PT2H" }\n',
  };

  test('are files with JSON, whether values hold them as objects or as texts', async () => {
    const { data } = theOnly(
      await render({ flows: { definitions } }),
      'ConfigMap',
      `${PREFIX}-flows`,
    );
    expect(JSON.parse(data['default.json'])).toEqual(definitions['default.json']);
    expect(JSON.parse(data['checkout.json'])).toEqual({ ttl: 'PT2H' });
  });

  test('stay where they are when an upgrade drops them: should it fail, former Pods still mount them', async () => {
    const { metadata } = theOnly(
      await render({ flows: { definitions } }),
      'ConfigMap',
      `${PREFIX}-flows`,
    );
    expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  test.each([
    { flows: { definitions }, name: `${PREFIX}-flows` },
    { flows: { existingConfigMap: 'ours' }, name: 'ours' },
  ])('are mounted as a folder from $name, so that they can change', async ({ flows, name }) => {
    const { volumes, containers } = theOnly(await render({ flows }), 'Deployment').spec.template
      .spec;
    const [{ env, volumeMounts }] = containers;
    const { value: mountPath } = env.find(
      (variable: { name: string }) => variable.name === 'FLOWS_DIR',
    );
    const mount = volumeMounts.find(
      (candidate: { mountPath: string }) => candidate.mountPath === mountPath,
    );
    expect(mount).not.toHaveProperty('subPath');
    expect(volumes).toContainEqual({ name: mount.name, configMap: { name } });
  });
});
