// What values add to the objects as Kubernetes has it: labels of everything, further members of
// Pods and Services. Nothing of it stands beside, or in place of, what the chart says itself.

import { describe, expect, test } from 'vitest';
import { refusalOf } from './refusal-of.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';
import { optionsOf, renderVariant, VARIANTS } from './variants.ts';

const STORE = { store: { url: 'redis://redis' } };
const GATEWAY = 'session-cognigy-session-sidecar-gateway';

const render = (values: object) => renderChart({ values: { ...STORE, ...values } });

/** Labels of Pods that an object makes. */
const podLabelsOf = ({ spec }: Manifest) => spec?.template?.metadata.labels;

describe('commonLabels', () => {
  const commonLabels = { team: 'bots', 'example.com/cost-center': '17' };

  test.each(VARIANTS.filter(({ chart }) => chart === 'application'))(
    'are at every object of $name, and at every Pod',
    async (variant) => {
      const set = ['commonLabels.division=sales'];
      const manifests = await renderChart({ ...optionsOf(variant, '1.36'), set });
      const without = manifests.filter(({ metadata }) => metadata.labels?.division !== 'sales');
      expect(without.map(({ kind }) => kind)).toEqual([]);
      for (const manifest of manifests) {
        if (podLabelsOf(manifest))
          expect(podLabelsOf(manifest)).toMatchObject({ division: 'sales' });
      }
    },
  );

  test('leave selectors and claims of volumes as they are', async () => {
    const values = { store: { url: '' }, redisCluster: { enabled: true } };
    const [plain, labelled] = await Promise.all([
      render(values),
      render({ ...values, commonLabels }),
    ]);
    for (const kind of ['Deployment', 'StatefulSet']) {
      const [before, after] = [theOnly(plain, kind).spec, theOnly(labelled, kind).spec];
      expect(after.selector).toEqual(before.selector);
      expect(after.volumeClaimTemplates).toEqual(before.volumeClaimTemplates);
    }
  });

  test('stand behind those that a Pod has of its own', async () => {
    const manifests = await render({ commonLabels, gateway: { podLabels: { team: 'others' } } });
    const deployment = theOnly(manifests, 'Deployment');
    expect(podLabelsOf(deployment)).toMatchObject({ ...commonLabels, team: 'others' });
  });
});

describe('commonAnnotations', () => {
  test.each(VARIANTS.filter(({ chart }) => chart === 'application'))(
    'are at every object of $name, and at no Pod',
    async (variant) => {
      const set = ['commonAnnotations.division=sales'];
      const manifests = await renderChart({ ...optionsOf(variant, '1.36'), set });
      const without = manifests.filter(
        ({ metadata }) => metadata.annotations?.division !== 'sales',
      );
      expect(without.map(({ kind }) => kind)).toEqual([]);
      for (const { spec } of manifests)
        expect(spec?.template?.metadata.annotations ?? {}).not.toHaveProperty('division');
    },
  );

  test('leave those that an object has of its own', async () => {
    const values = {
      commonAnnotations: { team: 'bots', owner: 'platform' },
      gateway: { annotations: { team: 'others' } },
    };
    const { metadata } = theOnly(await render(values), 'Deployment');
    expect(metadata.annotations).toEqual({ team: 'others', owner: 'platform' });
  });
});

describe("further members of the gateway's Pod", () => {
  test('stand in its specification', async () => {
    const extraPodSpec = {
      runtimeClassName: 'gvisor',
      hostAliases: [{ ip: '10.0.0.7', hostnames: ['redis'] }],
      initContainers: [{ name: 'proxy', image: 'proxy', restartPolicy: 'Always' }],
    };
    const { spec } = theOnly(await render({ gateway: { extraPodSpec } }), 'Deployment').spec
      .template;
    expect(spec).toMatchObject(extraPodSpec);
  });

  test('are refused where the chart says them itself', async () => {
    const everything = VARIANTS.find(({ name }) => name === 'application/gateway-everything');
    if (everything === undefined) return expect.unreachable();
    const deployment = theOnly(await renderVariant(everything, '1.36'), 'Deployment');
    const { hostAliases, ...ofTheChart } = deployment.spec.template.spec;
    expect(hostAliases).toBeDefined();
    const refusals = await Promise.all(
      Object.keys(ofTheChart).map(async (name) => ({
        name,
        refusal: await refusalOf([], { ...STORE, gateway: { extraPodSpec: { [name]: {} } } }),
      })),
    );
    expect(refusals.length).toBeGreaterThan(10);
    for (const { name, refusal } of refusals)
      expect(refusal).toContain(`extraPodSpec has ${name}, which`);
  });

  test('volumes and their mounts stand beside those of the chart', async () => {
    const volume = { name: 'vault', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } };
    const mount = { name: 'vault', mountPath: '/mnt/vault', readOnly: true };
    const gateway = { extraVolumes: [volume], extraVolumeMounts: [mount] };
    const { spec } = theOnly(await render({ gateway }), 'Deployment').spec.template;
    expect(spec.volumes).toEqual([
      expect.objectContaining({ name: 'session-sidecar-webhook' }),
      volume,
    ]);
    expect(spec.containers[0].volumeMounts.at(-1)).toEqual(mount);
    expect(spec.containers[0].volumeMounts).toHaveLength(2);
  });
});

describe("further members of the gateway's Service", () => {
  test('stand in its specification, and not in that of the metrics', async () => {
    const extraSpec = {
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      ipFamilyPolicy: 'PreferDualStack',
    };
    const manifests = await render({ gateway: { service: { extraSpec } } });
    expect(theOnly(manifests, 'Service', GATEWAY).spec).toMatchObject(extraSpec);
    const admin = theOnly(manifests, 'Service', GATEWAY.replace(/gateway$/, 'admin'));
    expect(admin.spec).not.toHaveProperty('ipFamilyPolicy');
  });

  test.each(['type', 'selector', 'ports'])(
    'are refused where the chart says them itself: %s',
    async (name) => {
      const gateway = { service: { extraSpec: { [name]: {} } } };
      expect(await refusalOf([], { ...STORE, gateway })).toContain(`extraSpec has ${name}, which`);
    },
  );
});

test('the autoscaler behaves as values say', async () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
  const manifests = await render({ gateway: { autoscaling: { enabled: true, behavior } } });
  expect(theOnly(manifests, 'HorizontalPodAutoscaler').spec.behavior).toEqual(behavior);
});

test('the autoscaler has further metrics next to that of its CPU', async () => {
  const metric = { type: 'External', external: { metric: { name: 'flows_waiting' } } };
  const manifests = await render({
    gateway: { autoscaling: { enabled: true, metrics: [metric] } },
  });
  const [cpu, further] = theOnly(manifests, 'HorizontalPodAutoscaler').spec.metrics;
  expect(cpu.resource.name).toBe('cpu');
  expect(further).toEqual(metric);
});

describe('further objects and annotations', () => {
  test('are objects of the release, texts after they were rendered', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' } };
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: { name: "{{ .Release.Name }}-two" }';
    const manifests = await render({ extraObjects: [secret, text] });
    const names = manifests
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata }) => metadata.name);
    expect(names).toEqual(['one', 'session-two']);
  });

  test('are at the Deployment itself', async () => {
    const annotations = { 'reloader.stakater.com/auto': 'true' };
    const { metadata, spec } = theOnly(await render({ gateway: { annotations } }), 'Deployment');
    expect(metadata.annotations).toEqual(annotations);
    expect(spec.template.metadata.annotations).toBeUndefined();
  });
});
