// The policy that injects sidecars: the very container that the library chart renders, where the
// API server has such policies. What the API server makes of it is not shown here.

import { describe, expect, test } from 'vitest';
import { type ExamplePod, environmentOf, renderWithSidecar } from './example-pod.ts';
import { injectedPartsOf } from './injected-parts.ts';
import { appliedTo, isInjectedInto, patchOf } from './injected-pod.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';

const V1 = 'admissionregistration.k8s.io/v1';
const V1_BETA = 'admissionregistration.k8s.io/v1beta1';
const KINDS = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'];
const STORE = {
  url: 'rediss+cluster://a:6379',
  existingSecret: 'redis',
  tls: { existingSecret: 'tls' },
};

/** What YAML, JSON and CEL might each understand in a way of their own. */
const HARD_TEXT =
  'a "quoted" \\ back\\nslash, <tag> & \'it\', $(NAME), ü, 💬, dyn(1), {{ .Values }}\n\ttwo lines';

function renderInjection(values: object = {}, apiVersions = [V1]): Promise<Manifest[]> {
  return renderChart({
    values: { store: STORE, injection: { enabled: true }, ...values },
    apiVersions: apiVersions.flatMap((version) => KINDS.map((kind) => `${version}/${kind}`)),
  });
}

/** What the policy puts into a Pod, by the names of its variables. */
async function injectedBy(values: object): Promise<ExamplePod['spec']> {
  return injectedPartsOf(await renderInjection(values));
}

describe('what is injected is what the library chart gives to a chart that includes it', () => {
  const everything = {
    image: { registry: 'registry.internal', tag: '1.2.3' },
    settings: { SESSION_TTL: '48h', SESSION_MAX_BYTES: 16_777_216, RESTORE_BY_USER: false },
    flows: { existingConfigMap: 'flows' },
    store: { ...STORE, username: HARD_TEXT },
    rpc: { listen: 'socket' },
    admin: { port: 9465 },
    resources: { requests: { cpu: 0.05, memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: true,
    extraEnvVars: [
      { name: 'HARD', value: HARD_TEXT },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
  };

  test.each([
    ['with everything of its own', everything],
    ['with as little as can be', { store: STORE }],
  ])('%s', async (_, sidecar) => {
    const image = {
      repository: 'cognigy-session-sidecar',
      ...('image' in sidecar ? sidecar.image : {}),
    };
    const injected = await injectedBy({ injectedSidecar: { ...sidecar, image } });
    const included = await renderWithSidecar(sidecar);
    expect(injected.sidecar).toEqual(included.sidecar);
    expect(included.spec.volumes).toEqual(expect.arrayContaining(injected.volumes));
    expect(injected.volumes).toHaveLength(included.spec.volumes.length - 1);
    expect(included.application.env).toEqual(expect.arrayContaining(injected.applicationEnv));
    expect(included.application.volumeMounts).toEqual(
      expect.arrayContaining(injected.applicationVolumeMounts),
    );
    expect(injected.applicationVolumeMounts).toHaveLength(
      included.application.volumeMounts.length - 1,
    );
  });

  test('a text stays what it is, whatever YAML, JSON or CEL would make of it', async () => {
    const { sidecar } = await injectedBy({
      injectedSidecar: { store: STORE, extraEnvVars: [{ name: 'HARD', value: HARD_TEXT }] },
    });
    expect(environmentOf(sidecar).HARD).toBe(HARD_TEXT);
  });

  test('without values of its own it has image, store, flow definitions and settings of the chart', async () => {
    const shared = {
      image: { registry: 'registry.internal', tag: '1.2.3' },
      settings: { SESSION_TTL: '48h', KEY_PREFIX: 'bots:' },
      flows: { existingConfigMap: 'flows' },
      store: STORE,
    };
    const injected = await injectedBy({
      ...shared,
      injectedSidecar: { settings: { LOG_LEVEL: 'warn' } },
    });
    const settings = { ...shared.settings, LOG_LEVEL: 'warn' };
    expect(injected.sidecar).toEqual((await renderWithSidecar({ ...shared, settings })).sidecar);
  });

  test('how long the gateway may take to end is nothing to a sidecar', async () => {
    const { sidecar } = await injectedBy({ settings: { SHUTDOWN_GRACE_MS: 30_000 } });
    expect(environmentOf(sidecar).SHUTDOWN_GRACE_MS).toBe('1500');
  });

  test('a value that does not exist is refused', async () => {
    await expect(renderInjection({ injectedSidecar: { readynessProbe: true } })).rejects.toThrow(
      /readynessProbe/,
    );
  });
});

describe('a Pod that has parts of it already', () => {
  const VOLUME = { name: 'session-sidecar-store', emptyDir: {} };
  const application = { name: 'application', image: 'a' };
  const everything = { injectedSidecar: { rpc: { listen: 'socket' }, store: STORE } };

  test('gets the volumes that it lacks, and no second one of a name', async () => {
    const manifests = await renderInjection(everything);
    const { volumes = [] } = injectedPartsOf(manifests);
    const [first, ...others] = volumes as { name: string }[];
    expect(others.length).toBeGreaterThan(0);
    const pod = { spec: { containers: [application], volumes: [{ name: first?.name }] } };
    const added = patchOf(manifests, pod).filter(({ path }) => path.startsWith('/spec/volumes'));
    expect(added).toEqual(others.map((value) => ({ op: 'add', path: '/spec/volumes/-', value })));
  });

  test('gets all volumes where it has others, or none', async () => {
    const manifests = await renderInjection(everything);
    const { volumes } = injectedPartsOf(manifests);
    const one = { spec: { containers: [application], volumes: [{ ...VOLUME, name: 'own' }] } };
    const paths = (pod: object) => patchOf(manifests, pod).map(({ path }) => path);
    const each = volumes.map(() => '/spec/volumes/-');
    const container = ['/spec/initContainers', '/spec/initContainers/0'];
    expect(paths(one)).toEqual([...container, ...each]);
    expect(paths({ spec: { containers: [application] } })).toEqual([
      ...container,
      '/spec/volumes',
      ...each,
    ]);
  });

  test('keeps its init containers, behind the sidecar', async () => {
    const manifests = await renderInjection();
    const pod = { spec: { containers: [application], initContainers: [{ name: 'own' }] } };
    const [first] = patchOf(manifests, pod);
    expect(first).toMatchObject({
      ...{ op: 'add', path: '/spec/initContainers/0', value: { name: 'session-sidecar' } },
    });
  });

  test('is told where the sidecar is in each container that does not say so itself', async () => {
    const manifests = await renderInjection();
    const env = [{ name: 'SESSION_SIDECAR_ADDRESS', value: 'elsewhere' }];
    const containers = [application, { ...application, name: 'knows', env }];
    const { spec } = appliedTo(manifests, { spec: { containers } });
    expect(spec.containers).toMatchObject([{ name: 'application' }]);
    expect(spec.containers).toMatchObject([{ env: [{ name: 'SESSION_SIDECAR_ADDRESS' }] }]);
  });
});

describe('the policy', () => {
  test.each([
    [V1, [V1]],
    [V1, [V1_BETA, V1]],
    [V1_BETA, [V1_BETA]],
  ])('is of %s where the API server has %s', async (expected, served) => {
    const manifests = await renderInjection({}, served);
    for (const kind of KINDS) expect(theOnly(manifests, kind).apiVersion).toBe(expected);
  });

  test('is not made unless it is enabled', async () => {
    const manifests = await renderInjection({ injection: { enabled: false } });
    const kinds = manifests.map(({ kind }) => kind);
    for (const kind of KINDS) expect(kinds).not.toContain(kind);
  });

  test('is for Pods with the label, when they are made, and leaves those with a sidecar alone', async () => {
    const { spec } = theOnly(await renderInjection(), 'MutatingAdmissionPolicy');
    expect(spec.matchConstraints).toEqual({
      objectSelector: { matchLabels: { 'session-sidecar.cognigy/inject': 'true' } },
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          resources: ['pods'],
          operations: ['CREATE'],
          scope: 'Namespaced',
        },
      ],
    });
    expect(spec.failurePolicy).toBe('Fail');
  });

  test.each([
    ['a Pod', {}, true],
    ['a Pod with other init containers', { initContainers: [{ name: 'proxy' }] }, true],
    ['a Pod that has a sidecar', { initContainers: [{ name: 'session-sidecar' }] }, false],
    ['a Pod with its own network, which says so', { hostNetwork: false }, true],
    ['a Pod with the network of its machine', { hostNetwork: true }, false],
  ])('for %s: %s', async (_, spec, expected) => {
    expect(isInjectedInto(await renderInjection(), { spec })).toBe(expected);
  });

  test('is bound to the namespace of the release, or to those that values select', async () => {
    const own = theOnly(await renderInjection(), 'MutatingAdmissionPolicyBinding');
    expect(own.spec.matchResources.namespaceSelector).toEqual({
      matchLabels: { 'kubernetes.io/metadata.name': 'bots' },
    });
    const namespaceSelector = { matchLabels: { team: 'orders' } };
    const others = await renderInjection({ injection: { enabled: true, namespaceSelector } });
    const binding = theOnly(others, 'MutatingAdmissionPolicyBinding');
    expect(binding.spec.matchResources.namespaceSelector).toEqual(namespaceSelector);
    expect(binding.spec.policyName).toBe(theOnly(others, 'MutatingAdmissionPolicy').metadata.name);
  });

  test('is named after release and namespace, since it belongs to none', async () => {
    const values = { store: STORE, injection: { enabled: true } };
    const installed = [
      { fullnameOverride: 'session', namespace: 'bots' },
      { fullnameOverride: 'session', namespace: 'bots-test' },
      { fullnameOverride: 'session-bots', namespace: 'test' },
    ];
    const names = await Promise.all(
      installed.map(async ({ fullnameOverride, namespace }) => {
        const apiVersions = [`${V1}/${KINDS[0]}`];
        const manifests = await renderChart({
          values: { ...values, fullnameOverride },
          namespace,
          apiVersions,
        });
        return theOnly(manifests, 'MutatingAdmissionPolicy').metadata.name;
      }),
    );
    expect(new Set(names).size).toBe(installed.length);
  });
});
