// Security contexts of the values: they reach every Pod and container that they are for, and never
// lead out of the level `restricted` of Pod Security.

import { describe, expect, test } from 'vitest';
import { renderWithSidecar } from './example-pod.ts';
import { containersOf, podSpecsOf } from './pod-specs.ts';
import { refusalOf } from './refusal-of.ts';
import { renderChart } from './render.ts';

const PROFILE = { type: 'Localhost', localhostProfile: 'sessions.json' };
const USER = { runAsUser: 1_000_680_000, runAsGroup: 7, seccompProfile: PROFILE };
const OWN = { ...USER, fsGroup: 8, seLinuxOptions: { level: 's0:c1,c2' } };

const values = {
  redisCluster: { enabled: true, securityContext: OWN },
  gateway: { securityContext: OWN },
};

test.each([[false], [true]])('those of Pods (OpenShift: %s)', async (openshift) => {
  const pods = podSpecsOf(await renderChart({ values: { ...values, global: { openshift } } }));
  expect(pods.length).toBe(4);
  for (const pod of pods) {
    expect(pod.spec.securityContext, pod.owner).toMatchObject({ ...OWN, runAsNonRoot: true });
    for (const { securityContext } of containersOf(pod))
      expect(securityContext, pod.owner).toMatchObject({
        ...USER,
        ...{ runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
  }
});

test('that of the hook that checks the store', async () => {
  const store = { url: 'redis://a' };
  const manifests = await renderChart({
    values: { store, gateway: { securityContext: OWN }, checkStore: { enabled: true } },
  });
  const hook = podSpecsOf(manifests).find(({ owner }) => owner.startsWith('Job/'));
  expect(hook?.spec.securityContext).toMatchObject(OWN);
});

test('that of a sidecar', async () => {
  const own = { ...USER, seLinuxOptions: { level: 's0:c1,c2' } };
  const { sidecar } = await renderWithSidecar({ securityContext: own });
  expect(sidecar.securityContext).toMatchObject({
    ...own,
    ...{ runAsNonRoot: true, privileged: false, capabilities: { drop: ['ALL'] } },
  });
});

describe('what leaves the level is refused', () => {
  const wrong = [
    ...['runAsUser=0', 'runAsNonRoot=false', 'privileged=true', 'allowPrivilegeEscalation=true'],
    ...['capabilities.add={SYS_ADMIN}', 'seccompProfile.type=Unconfined', 'procMount=Unmasked'],
    ...['appArmorProfile.type=Unconfined', 'seLinuxOptions.type=spc_t', 'seLinuxOptions.user=a'],
    ...['sysctls[0].name=kernel.msgmax', 'windowsOptions.hostProcess=true'],
  ];

  test.each(wrong)('%s', async (assignment) => {
    expect(
      await refusalOf(['store.url=redis://a', `gateway.securityContext.${assignment}`]),
    ).toMatch(/at '\/gateway\/securityContext/);
  });

  test.each([
    ['redisCluster', []],
    ['injectedSidecar', ['injection.enabled=true', 'gateway.enabled=false']],
  ])('of %s as well', async (section, others) => {
    for (const assignment of ['runAsUser=0', 'privileged=true'])
      expect(
        await refusalOf([
          ...['redisCluster.enabled=true', ...others],
          `${section}.securityContext.${assignment}`,
        ]),
      ).toMatch(/at '\/(redisCluster\/)?securityContext/);
  });
});
