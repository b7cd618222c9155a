// How long a gateway's Pod may take to end: it serves on while load balancers learn of it, finishes
// what is in flight, and is not killed before.

import { expect, test } from 'vitest';
import { renderChart, theOnly } from './render.ts';

type Ending = { preStop: object | undefined; graceSeconds: number; shutdownGraceMs: string };

async function endingOf(set: string[] = [], kubeVersion = '1.36.0'): Promise<Ending> {
  const values = { store: { url: 'redis://redis:6379' } };
  const { spec } = theOnly(await renderChart({ values, set, kubeVersion }), 'Deployment').spec
    .template;
  const [{ lifecycle, env }] = spec.containers;
  const { value } = env.find(({ name }: { name: string }) => name === 'SHUTDOWN_GRACE_MS');
  return {
    preStop: lifecycle?.preStop,
    graceSeconds: spec.terminationGracePeriodSeconds,
    shutdownGraceMs: value,
  };
}

test('the grace is the pause, then what requests in flight may take, then 5 s', async () => {
  expect(await endingOf()).toEqual({
    preStop: { sleep: { seconds: 10 } },
    graceSeconds: 10 + 10 + 5,
    shutdownGraceMs: '10000',
  });
});

test('the grace follows both, and rounds up', async () => {
  const changed = ['gateway.preStopSeconds=12', 'settings.SHUTDOWN_GRACE_MS=20500'];
  expect(await endingOf(changed)).toEqual({
    preStop: { sleep: { seconds: 12 } },
    graceSeconds: 12 + 21 + 5,
    shutdownGraceMs: '20500',
  });
});

test('a pause of nothing is none: older API servers refuse it', async () => {
  expect(await endingOf(['gateway.preStopSeconds=0'])).toMatchObject({
    preStop: undefined,
    graceSeconds: 15,
  });
});

test.each(['1.30.0', 'v1.30.4-gke.100', '1.33.0'])(
  'Kubernetes %s waits by itself',
  async (version) => {
    expect((await endingOf([], version)).preStop).toEqual({ sleep: { seconds: 10 } });
  },
);

test('before Kubernetes 1.30 Node waits, since the image has no shell', async () => {
  const command = ['/nodejs/bin/node', '-e', 'setTimeout(() => {}, 10000)'];
  expect((await endingOf([], '1.29.9')).preStop).toEqual({ exec: { command } });
});
