// What the chart makes of `redisCluster`. That it works, life.test.ts shows.

import { describe, expect, test } from 'vitest';
import { type Manifest, type RenderOptions, renderChart, theOnly } from '../render.ts';

const NAME = 'session-cognigy-session-sidecar-redis';

/** The objects of a release with these values of `redisCluster`. */
const render = (redisCluster: object = {}, options: RenderOptions = {}): Promise<Manifest[]> =>
  renderChart({ values: { redisCluster: { enabled: true, ...redisCluster } }, ...options });

const jobOf = (manifests: Manifest[]): Manifest =>
  manifests.find(
    ({ kind, metadata }) => kind === 'Job' && metadata.name.includes('-create-'),
  ) as Manifest;
const statefulSetOf = (manifests: Manifest[]): Manifest => theOnly(manifests, 'StatefulSet', NAME);
const hostsOf = (manifests: Manifest[]): string[] =>
  theOnly(manifests, 'ConfigMap', NAME).data.nodes.trim().split('\n');

test('makes nothing unless it is enabled', async () => {
  const manifests = await renderChart({ values: { store: { url: 'redis://redis:6379' } } });
  expect(JSON.stringify(manifests)).not.toContain('redis-cluster');
});

test('has a node for each master and each replica, and clients are sent to their names', async () => {
  const manifests = await render({ shards: 4, replicasPerShard: 2 });
  expect(statefulSetOf(manifests).spec).toMatchObject({
    replicas: 12,
    podManagementPolicy: 'Parallel',
    serviceName: NAME,
  });
  expect(theOnly(manifests, 'Service', NAME).spec).toMatchObject({
    clusterIP: 'None',
    publishNotReadyAddresses: true,
  });
  const hosts = hostsOf(manifests);
  expect(hosts).toHaveLength(12);
  expect(hosts[11]).toBe(`${NAME}-11.${NAME}.bots.svc`);
  const url = `redis+cluster://${hosts
    .slice(0, 6)
    .map((host) => `${host}:6379`)
    .join()}`;
  expect(JSON.stringify(theOnly(manifests, 'Deployment'))).toContain(url);
});

test('names keep to their limits, whatever the release is called', async () => {
  const manifests = await render({ shards: 50, replicasPerShard: 1 }, { release: 'r'.repeat(53) });
  const { name } = theOnly(manifests, 'StatefulSet').metadata;
  // Its Pods have a label with this name and eleven characters.
  expect(name.length).toBeLessThanOrEqual(52);
  expect(jobOf(manifests).metadata.name.length).toBeLessThanOrEqual(63);
});

describe('an upgrade', () => {
  const checksumOf = async (values: object) =>
    statefulSetOf(await render(values)).spec.template.metadata.annotations['checksum/start'];
  const jobNameOf = async (values: object, options?: RenderOptions) =>
    jobOf(await render(values, options)).metadata.name;

  test('restarts no node to grow, and each node for what only a start reads', async () => {
    const before = statefulSetOf(await render()).spec.template;
    const grown = statefulSetOf(await render({ shards: 5, replicasPerShard: 2 })).spec.template;
    expect(grown).toEqual(before);
    expect(await checksumOf({ nodeTimeoutMs: 7000 })).not.toBe(await checksumOf({}));
  });

  test('makes another Job if the Job would be another, and else leaves it', async () => {
    const before = await jobNameOf({});
    expect(await jobNameOf({}, { set: ['settings.LOG_LEVEL=warn'] })).toBe(before);
    expect(await jobNameOf({ podAnnotations: { a: 'b' }, nodeTimeoutMs: 7000 })).toBe(before);
    for (const change of [{ shards: 4 }, { replicasPerShard: 2 }, { image: { tag: '9.1.2' } }])
      expect(await jobNameOf(change), JSON.stringify(change)).not.toBe(before);
    // Helm would wait for the nodes before a hook, and they for the Job.
    expect(jobOf(await render()).metadata.annotations ?? {}).not.toHaveProperty('helm.sh/hook');
  });

  test('leaves alone what can never be changed', async () => {
    const immutable = async (values: object) => {
      const { serviceName, selector, podManagementPolicy, volumeClaimTemplates } = statefulSetOf(
        await render(values),
      ).spec;
      return { serviceName, selector, podManagementPolicy, volumeClaimTemplates };
    };
    const podLabels = { team: 'bots', 'app.kubernetes.io/name': 'another' };
    const changed = {
      podLabels,
      shards: 4,
      nodeTimeoutMs: 7000,
      image: { tag: '9.1.2' },
      existingSecret: 'other',
    };
    expect(await immutable(changed)).toEqual(await immutable({}));
    const { selector, template } = statefulSetOf(await render(changed)).spec;
    expect(template.metadata.labels).toMatchObject({ ...selector.matchLabels, team: 'bots' });
  });
});

describe('the password', () => {
  test('is generated where no Secret is named, and is in it alone', async () => {
    const manifests = await render({}, { cluster: [] });
    const { data, metadata } = theOnly(manifests, 'Secret', NAME);
    // With the volumes, and with the copies that other namespaces have.
    expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const password = Buffer.from(data['redis-password'], 'base64').toString();
    expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
    const others = manifests.filter(
      ({ kind, metadata }) => kind !== 'Secret' || metadata.name !== NAME,
    );
    expect(JSON.stringify(others)).not.toContain(password);
    const [container] = statefulSetOf(manifests).spec.template.spec.containers;
    expect(
      container.env.filter((variable: object) => JSON.stringify(variable).includes('secretKeyRef')),
    ).toEqual([]);
  });

  test('comes from a Secret of one’s own, by its key', async () => {
    const manifests = await render({ existingSecret: 'mine', existingSecretPasswordKey: 'secret' });
    expect(
      manifests.filter(({ kind, metadata }) => kind === 'Secret' && metadata.name === NAME),
    ).toEqual([]);
    for (const { spec } of [statefulSetOf(manifests), jobOf(manifests)]) {
      const { containers, volumes } = spec.template.spec;
      expect(volumes).toContainEqual(
        expect.objectContaining({ secret: expect.objectContaining({ secretName: 'mine' }) }),
      );
      expect(containers[0].env).toContainEqual({
        name: 'PASSWORD_FILE',
        value: '/etc/valkey-password/secret',
      });
      // A single file would never change.
      expect(JSON.stringify(containers[0].volumeMounts)).not.toContain('subPath');
    }
  });
});

test('with a certificate there is no plain port, and clients are told', async () => {
  const manifests = await render({ tls: { existingSecret: 'redis-tls' } });
  const configuration: string = theOnly(manifests, 'ConfigMap', NAME).data['valkey.conf'];
  for (const line of ['port 0', 'tls-port 6379', 'tls-cluster yes', 'tls-replication yes'])
    expect(configuration.split('\n')).toContain(line);
  expect(JSON.stringify(theOnly(manifests, 'Deployment'))).toContain('rediss+cluster://');
  expect(theOnly(await render(), 'ConfigMap', NAME).data['valkey.conf']).not.toContain('tls');
});

test('memory follows the limit, or what the values say; one of them must be there', async () => {
  const variables = async (values: object) =>
    statefulSetOf(await render(values)).spec.template.spec.containers[0].env.map(
      ({ name }: { name: string }) => name,
    );
  expect(await variables({})).toContain('MEMORY_LIMIT');
  expect(await variables({ maxMemory: '700mb' })).not.toContain('MEMORY_LIMIT');
  await expect(render({ resources: { limits: null } })).rejects.toThrow(
    /resources\.limits\.memory is not set/,
  );
});

test('gateway, sidecars and the Job reach the clients’ port, nodes alone the bus', async () => {
  const manifests = await render();
  const [clients, nodes] = theOnly(manifests, 'NetworkPolicy', NAME).spec.ingress;
  const gateway = theOnly(manifests, 'Deployment').spec.template.metadata.labels;
  const admits = (labels: Record<string, string>): boolean =>
    clients.from.some(({ podSelector }: { podSelector: { matchLabels: Record<string, string> } }) =>
      Object.entries(podSelector.matchLabels).every(([name, value]) => labels[name] === value),
    );
  expect(clients.ports).toEqual([{ port: 6379, protocol: 'TCP' }]);
  expect(admits(gateway)).toBe(true);
  expect(admits(jobOf(manifests).spec.template.metadata.labels)).toBe(true);
  expect(admits({ 'session-sidecar.cognigy/inject': 'true' })).toBe(true);
  expect(admits({ app: 'anything' })).toBe(false);
  expect(nodes.from).toEqual([{ podSelector: statefulSetOf(manifests).spec.selector }]);
});

test('the Job’s Pods are no nodes', async () => {
  const manifests = await render();
  const labels = jobOf(manifests).spec.template.metadata.labels;
  const { selector } = theOnly(manifests, 'Service', NAME).spec;
  expect(selector).toEqual(statefulSetOf(manifests).spec.selector.matchLabels);
  expect(labels).not.toMatchObject(selector);
});

test('proxies of meshes stay out of nodes and Job, unless values ask for them', async () => {
  const manifests = await render();
  for (const { spec } of [statefulSetOf(manifests), jobOf(manifests)]) {
    expect(spec.template.metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'false' });
    expect(spec.template.metadata.annotations).toMatchObject({ 'linkerd.io/inject': 'disabled' });
  }
  const { metadata } = statefulSetOf(
    await render({
      podLabels: { 'sidecar.istio.io/inject': 'true' },
      podAnnotations: { 'linkerd.io/inject': 'enabled' },
    }),
  ).spec.template;
  expect(metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'true' });
  expect(metadata.annotations).toMatchObject({ 'linkerd.io/inject': 'enabled' });
});

test('one node at a time may be evicted, and required anti-affinity is required', async () => {
  const manifests = await render({ podAntiAffinity: 'required' });
  const budgets = manifests.filter(
    ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === NAME,
  );
  expect(budgets.map(({ spec }) => spec.maxUnavailable)).toEqual([1]);
  const { podAntiAffinity } = statefulSetOf(manifests).spec.template.spec.affinity;
  expect(podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey).toBe(
    'kubernetes.io/hostname',
  );
  const own = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
  };
  expect(statefulSetOf(await render({ affinity: own })).spec.template.spec.affinity).toEqual(own);
});
