// Every Pod of the charts, and every container that they put into Pods of others, keeps to the
// profile "restricted" of the Pod Security Standards, and to what the profile leaves open.

import { describe, expect, test } from 'vitest';
import { injectedPartsOf } from './injected-parts.ts';
import { containersOf, podSpecsOf } from './pod-specs.ts';
import { type Manifest, renderChart } from './render.ts';
import { optionsOf, renderVariant, VARIANTS } from './variants.ts';

/** Kinds of volumes that the profile lets a Pod have. */
const VOLUME_KINDS = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral'].concat(
  'persistentVolumeClaim',
  'projected',
  'secret',
);

describe.each(VARIANTS)('$name', (variant) => {
  test('its Pods are restricted', async () => {
    const manifests = await renderVariant(variant, '1.36');
    const pods = podSpecsOf(manifests);
    // Only what does nothing but inject has none of its own.
    expect(pods.length > 0 || injects(manifests)).toBe(true);
    for (const pod of pods) {
      const { spec, owner } = pod;
      expect(spec, owner).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(spec.securityContext.runAsUser, owner).toBeGreaterThan(0);
      for (const shared of ['hostNetwork', 'hostPID', 'hostIPC'])
        expect(spec[shared], owner).toBeFalsy();
      for (const { name, ...source } of spec.volumes ?? [])
        expect(VOLUME_KINDS, `${owner} ${name}`).toContain(Object.keys(source)[0]);
    }
  });

  test('its containers are restricted, write nowhere, and say what they need', async () => {
    for (const { owner, container } of containersIn(await renderVariant(variant, '1.36'))) {
      const named = `${owner} ${container.name}`;
      expect(container.securityContext, named).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
      expect(container.securityContext.privileged, named).toBeFalsy();
      expect(container.securityContext.capabilities.add, named).toBeUndefined();
      expect(container.resources?.requests, named).toMatchObject({
        cpu: expect.anything(),
        memory: expect.anything(),
      });
      expect(container.resources.limits, named).toMatchObject({ memory: expect.anything() });
      expect(container.image, named).toMatch(/(:[^:/]*\d[^:/]*|@sha256:[0-9a-f]{64})$/);
      for (const port of container.ports ?? []) expect(port.hostPort, named).toBeUndefined();
    }
  });

  test('its Jobs have no proxies of meshes, with which they would not end', async () => {
    const jobs = (await renderVariant(variant, '1.36')).filter(({ kind }) => kind === 'Job');
    for (const { spec } of jobs)
      expect(spec.template.metadata).toMatchObject({
        labels: { 'sidecar.istio.io/inject': 'false' },
        annotations: { 'linkerd.io/inject': 'disabled' },
      });
    expect(jobs.length > 0).toBe(/everything|redis-cluster/.test(variant.name));
  });

  test('no secret stands in an environment variable', async () => {
    for (const { container } of containersIn(await renderVariant(variant, '1.36'))) {
      const { name, env = [], envFrom = [] } = container;
      for (const variable of env)
        expect(variable.valueFrom?.secretKeyRef, `${name} ${variable.name}`).toBeUndefined();
      for (const source of envFrom) expect(source.secretRef, name).toBeUndefined();
    }
  });
});

test.each(VARIANTS)(
  '$name leaves users and groups to OpenShift where it is said to',
  async (variant) => {
    const options = { ...optionsOf(variant, '1.36'), set: ['global.openshift=true'] };
    const manifests = await renderChart(options);
    const contexts = [
      ...podSpecsOf(manifests).map(({ spec }) => spec.securityContext),
      ...containersIn(manifests).map(({ container }) => container.securityContext),
    ];
    expect(contexts.length).toBeGreaterThan(0);
    for (const context of contexts) {
      for (const name of ['runAsUser', 'runAsGroup', 'fsGroup'])
        expect(context).not.toHaveProperty(name);
    }
  },
);

function injects(manifests: Manifest[]): boolean {
  return manifests.some(({ kind }) => kind === 'MutatingAdmissionPolicy');
}

/** The containers of all Pods, and the one that is injected. */
function containersIn(manifests: Manifest[]) {
  const own = podSpecsOf(manifests).flatMap((pod) =>
    containersOf(pod).map((container) => ({ owner: pod.owner, container })),
  );
  if (!injects(manifests)) return own;
  return [...own, { owner: 'injected', container: injectedPartsOf(manifests).sidecar }];
}
