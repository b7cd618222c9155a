// The hook that checks the store before anything else.

import { describe, expect, test } from 'vitest';
import { refusalOf } from './refusal-of.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';

const VALUES = {
  fullnameOverride: 'session',
  store: {
    url: 'rediss+cluster://redis:6379',
    username: 'sessions',
    existingSecret: 'redis-login',
    existingSecretPasswordKey: 'password',
    tls: { existingSecret: 'redis-ca', caKey: 'ca.crt' },
    legacy: { existingSecret: 'former' },
  },
  settings: {
    KEY_PREFIX: 'bots:',
    DURABILITY: 'replicated',
    LOG_LEVEL: 'warn',
    LEGACY_STATE: 'read',
  },
};

async function hookOf(checkStore: object): Promise<Manifest | undefined> {
  const manifests = await renderChart({ values: { ...VALUES, checkStore } });
  const jobs = manifests.filter(({ kind }) => kind === 'Job');
  return jobs.length === 0 ? undefined : theOnly(jobs, 'Job');
}

describe('the check of the store', () => {
  test('is no part of a release that does not ask for it', async () => {
    expect(await hookOf({})).toBeUndefined();
  });

  test('runs before installs and upgrades, with the store of the service and its secrets', async () => {
    const hook = await hookOf({ enabled: true });
    expect(hook?.metadata.annotations).toMatchObject({
      'helm.sh/hook': 'pre-install,pre-upgrade',
    });
    const { containers, volumes, serviceAccountName } = hook?.spec.template.spec ?? {};
    // The release's own does not exist yet.
    expect(serviceAccountName).toBeUndefined();
    const [{ args, env, volumeMounts }] = containers;
    expect(args).toEqual(['dist/check-store.cjs', '--ignore-warnings']);
    const variables = env.map(({ name, value }: { name: string; value: string }) => [name, value]);
    expect(Object.fromEntries(variables)).toEqual({
      STORE_URL: 'rediss+cluster://redis:6379',
      STORE_USERNAME: 'sessions',
      STORE_PASSWORD_FILE: '/etc/session-sidecar/store/password',
      STORE_TLS_CA: '/etc/session-sidecar/store-tls/ca.crt',
      KEY_PREFIX: 'bots:',
      DURABILITY: 'replicated',
      LOG_LEVEL: 'warn',
      LEGACY_STATE: 'read',
      LEGACY_STORE_URL_FILE: '/etc/session-sidecar/legacy/legacy-store-url',
    });
    const names = (all: { name: string }[]) => all.map(({ name }) => name).sort();
    const purposes = ['legacy', 'store', 'store-tls'];
    expect(names(volumeMounts)).toEqual(purposes.map((purpose) => `session-sidecar-${purpose}`));
    expect(names(volumes)).toEqual(names(volumeMounts));
  });

  test('may refuse warnings', async () => {
    const hook = await hookOf({ enabled: true, refuseWarnings: true });
    expect(hook?.spec.template.spec.containers[0].args).toEqual(['dist/check-store.cjs']);
  });

  test('is refused for the bundled cluster, which does not exist before', async () => {
    const refusal = await refusalOf(['redisCluster.enabled=true', 'checkStore.enabled=true']);
    expect(refusal).toContain('checkStore.enabled and redisCluster.enabled are both set');
  });
});
