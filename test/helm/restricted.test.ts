// Every Pod of the charts keeps to the profile "restricted" of the Pod Security Standards, and to
// what the profile leaves open.

import { describe, expect, test } from 'vitest';
import { containersOf, podSpecsOf } from './pod-specs.ts';
import { renderVariant, VARIANTS } from './variants.ts';

/** Kinds of volumes that the profile lets a Pod have. */
const VOLUME_KINDS = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral'].concat(
  'persistentVolumeClaim',
  'projected',
  'secret',
);

describe.each(VARIANTS)('$name', (variant) => {
  test('its Pods are restricted', async () => {
    const pods = podSpecsOf(await renderVariant(variant, '1.36'));
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
    for (const pod of podSpecsOf(await renderVariant(variant, '1.36'))) {
      for (const container of containersOf(pod)) {
        const named = `${pod.owner} ${container.name}`;
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
    }
  });

  test('no secret stands in an environment variable', async () => {
    for (const pod of podSpecsOf(await renderVariant(variant, '1.36'))) {
      for (const { name, env = [], envFrom = [] } of containersOf(pod)) {
        for (const variable of env)
          expect(variable.valueFrom?.secretKeyRef, `${name} ${variable.name}`).toBeUndefined();
        for (const source of envFrom) expect(source.secretRef, name).toBeUndefined();
      }
    }
  });
});
