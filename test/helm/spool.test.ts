// The volume of the spool: only where there is a spool, writable alone, and large enough.

import { describe, expect, test } from 'vitest';
import { environmentOf, renderWithSidecar } from './example-pod.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';

const URL = 'store.url=redis://redis';
const ON = [URL, 'settings.SPOOL=on'];
const PERSISTENT = [...ON, 'gateway.spool.persistence.enabled=true'];
const MOUNT = { name: 'session-sidecar-spool', mountPath: '/var/lib/session-sidecar/spool' };
const MEBIBYTE = 1024 * 1024;

const render = (set: string[]) => renderChart({ set });

function podOf(manifests: Manifest[], kind: 'Deployment' | 'StatefulSet') {
  const { spec } = theOnly(manifests, kind).spec.template;
  return { ...spec, container: spec.containers[0] };
}

describe('the gateway', () => {
  test('has no volume for a spool that is off', async () => {
    const { volumes, container } = podOf(await render([URL]), 'Deployment');
    expect(volumes.map(({ name }: { name: string }) => name)).not.toContain(MOUNT.name);
    expect(environmentOf(container)).not.toHaveProperty('SPOOL_DIR');
  });

  test.each([
    ['settings.SPOOL=on', 64],
    ['settings.SPOOL=true', 64],
    ['settings.SPOOL_MAX_BYTES=134217728', 128],
  ])('has an emptyDir that the spool never exceeds (%s)', async (setting, mebibytes) => {
    const { volumes, container } = podOf(await render([...ON, setting]), 'Deployment');
    const sizeLimit = String((mebibytes + 16) * MEBIBYTE);
    expect(volumes).toContainEqual({ name: MOUNT.name, emptyDir: { sizeLimit } });
    expect(container.volumeMounts).toContainEqual(MOUNT);
    expect(environmentOf(container)).toMatchObject({ SPOOL: 'on', SPOOL_DIR: MOUNT.mountPath });
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  });

  test('is a StatefulSet with a volume for each Pod, if it shall survive the Pod', async () => {
    const manifests = await render([...PERSISTENT, 'gateway.spool.persistence.size=2Gi']);
    expect(manifests.filter(({ kind }) => kind === 'Deployment')).toEqual([]);
    const { spec } = theOnly(manifests, 'StatefulSet');
    expect(spec.volumeClaimTemplates).toMatchObject([
      {
        metadata: { name: MOUNT.name },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      },
    ]);
    const { volumes, container } = podOf(manifests, 'StatefulSet');
    expect(volumes.map(({ name }: { name: string }) => name)).not.toContain(MOUNT.name);
    expect(container.volumeMounts).toContainEqual(MOUNT);
    const service = manifests.find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === spec.serviceName,
    );
    expect(service?.spec.clusterIP).toBe('None');
  });

  test('has the same Pods as a StatefulSet, but for the volume and how they are spread', async () => {
    const deployment = theOnly(await render(ON), 'Deployment').spec.template;
    const statefulSet = theOnly(await render(PERSISTENT), 'StatefulSet').spec.template;
    for (const { spec } of [deployment, statefulSet]) {
      delete spec.topologySpreadConstraints;
      spec.volumes = spec.volumes.filter(({ name }: { name: string }) => name !== MOUNT.name);
    }
    expect(statefulSet).toEqual(deployment);
  });

  test('is scaled as what it is', async () => {
    const manifests = await render([...PERSISTENT, 'gateway.autoscaling.enabled=true']);
    const { scaleTargetRef } = theOnly(manifests, 'HorizontalPodAutoscaler').spec;
    expect(scaleTargetRef.kind).toBe('StatefulSet');
    expect(theOnly(manifests, 'StatefulSet').spec).not.toHaveProperty('replicas');
  });
});

describe('a sidecar', () => {
  test('has an emptyDir, or the volume that it is given', async () => {
    const settings = { SPOOL: 'on', SPOOL_MAX_BYTES: 16 * MEBIBYTE };
    const { spec, sidecar } = await renderWithSidecar({ settings });
    const emptyDir = { sizeLimit: String(32 * MEBIBYTE) };
    expect(spec.volumes).toContainEqual({ name: MOUNT.name, emptyDir });
    expect(sidecar.volumeMounts).toContainEqual(MOUNT);
    expect(environmentOf(sidecar).SPOOL_DIR).toBe(MOUNT.mountPath);
    const volume = { persistentVolumeClaim: { claimName: 'own' } };
    const given = await renderWithSidecar({ settings, spool: { volume } });
    expect(given.spec.volumes).toContainEqual({ name: MOUNT.name, ...volume });
  });

  test('has none without a spool', async () => {
    const { spec, sidecar } = await renderWithSidecar({});
    expect(spec.volumes?.map(({ name }: { name: string }) => name) ?? []).not.toContain(MOUNT.name);
    expect(environmentOf(sidecar)).not.toHaveProperty('SPOOL_DIR');
  });
});
