// The library chart, through the example that includes it: what it puts into a Pod of somebody
// else's.

import { describe, expect, test } from 'vitest';
import { environmentOf, renderExamplePod, renderWithSidecar } from './example-pod.ts';
import { renderChart, theOnly } from './render.ts';
import { VARIANTS } from './variants.ts';

const EXAMPLES = VARIANTS.filter(({ chart }) => chart === 'example');

describe.each(EXAMPLES)('$name', ({ file }) => {
  const rendered = renderExamplePod({ values: [file] });

  test('the sidecar is native, and comes before everything else of the Pod', async () => {
    const { spec, sidecar } = await rendered;
    expect(spec.initContainers[0]).toBe(sidecar);
    expect(sidecar).toMatchObject({ name: 'session-sidecar', restartPolicy: 'Always' });
  });

  test('the application goes on once the startup probe has been answered, and nothing keeps it from ending', async () => {
    const { sidecar } = await rendered;
    expect(sidecar.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'session-admin' });
    expect(sidecar.lifecycle).toBeUndefined();
  });

  test('probes ask the admin listener, at the address of the Pod', async () => {
    const { sidecar } = await rendered;
    const port = sidecar.ports.find(
      ({ name }: { name: string }) => name === 'session-admin',
    ).containerPort;
    expect(environmentOf(sidecar).ADMIN_LISTEN).toBe(`[::]:${port}`);
    for (const probe of [sidecar.startupProbe, sidecar.livenessProbe, sidecar.readinessProbe])
      expect([undefined, 'session-admin']).toContain(probe?.httpGet.port);
    expect(sidecar.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'session-admin' });
  });

  test('it takes one port, and none of the application', async () => {
    const { sidecar, application } = await rendered;
    expect(sidecar.ports).toHaveLength(1);
    expect(sidecar.ports[0].containerPort).not.toBe(application.ports[0].containerPort);
    expect(environmentOf(sidecar).WEBHOOK_LISTEN).toBe('off');
  });

  test('the application is told where the rpc listener is', async () => {
    const { sidecar, application } = await rendered;
    expect(environmentOf(application).SESSION_SIDECAR_ADDRESS).toBe(
      environmentOf(sidecar).RPC_LISTEN,
    );
  });

  test('network policies know the Pod by a label, which selects nothing else', async () => {
    const manifests = await renderChart({ chart: 'example', values: [file] });
    const { spec } = theOnly(manifests, 'Deployment');
    const label = { 'session-sidecar.cognigy/sidecar': 'true' };
    expect(spec.template.metadata.labels).toMatchObject(label);
    expect(spec.selector.matchLabels).not.toMatchObject(label);
  });

  test('no variable is given twice', async () => {
    const names = (await rendered).sidecar.env.map(({ name }: { name: string }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

test('a socket lies in a folder that the application mounts and cannot change', async () => {
  const { spec, sidecar, application } = await renderWithSidecar({ rpc: { listen: 'socket' } });
  const mount = { name: 'session-sidecar-socket', mountPath: '/run/session-sidecar' };
  expect(sidecar.volumeMounts).toContainEqual(mount);
  expect(application.volumeMounts).toContainEqual({ ...mount, readOnly: true });
  expect(spec.volumes).toContainEqual({
    name: 'session-sidecar-socket',
    emptyDir: { medium: 'Memory', sizeLimit: '1Mi' },
  });
  expect(environmentOf(sidecar).RPC_LISTEN).toBe('unix:/run/session-sidecar/rpc.sock');
});

test('a store that is down takes no Pod out of its Services, unless values say so', async () => {
  expect((await renderWithSidecar({})).sidecar.readinessProbe).toBeUndefined();
  const { sidecar } = await renderWithSidecar({ readinessProbe: true });
  expect(sidecar.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'session-admin' });
});

test('the grace period holds for application and sidecar one after the other', async () => {
  const { spec, sidecar } = await renderWithSidecar({
    applicationGraceSeconds: 20,
    shutdownGraceMs: 1501,
  });
  expect(spec.terminationGracePeriodSeconds).toBe(20 + 2 + 1);
  expect(environmentOf(sidecar).SHUTDOWN_GRACE_MS).toBe('1501');
});

test('left alone, the sidecar ends within the 2 s that Kubernetes may leave it', async () => {
  const { sidecar } = await renderWithSidecar({});
  expect(Number(environmentOf(sidecar).SHUTDOWN_GRACE_MS)).toBeLessThan(2000);
});

test('settings become variables as the service reads them: large numbers in digits, on and off as words', async () => {
  const settings = {
    SESSION_MAX_BYTES: 16_777_216,
    RESTORE_BY_USER: false,
    LOCK_WAIT_MS: 0,
    SESSION_TTL: '48h',
  };
  const { sidecar } = await renderWithSidecar({ settings });
  expect(environmentOf(sidecar)).toMatchObject({
    SESSION_MAX_BYTES: '16777216',
    RESTORE_BY_USER: 'off',
    LOCK_WAIT_MS: '0',
    SESSION_TTL: '48h',
  });
});

test('a further variable stands in place of one that the chart makes, and comes last', async () => {
  const extraEnvVars = [{ name: 'ADMIN_LISTEN', value: '[::]:28464' }];
  const { sidecar } = await renderWithSidecar({ extraEnvVars });
  expect(sidecar.env.filter(({ name }: { name: string }) => name === 'ADMIN_LISTEN')).toEqual(
    extraEnvVars,
  );
  expect(sidecar.env.at(-1)).toEqual(extraEnvVars[0]);
});
