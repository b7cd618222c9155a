// Which addresses gateway and sidecars listen on: those of both families, and of IPv4 alone where
// there is no IPv6. The kubelet's probes come to either.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenAddressFrom } from '../../src/config/listen-address-text.ts';
import { startProcess } from '../main/running-process.ts';
import { echo, startListener } from '../transport/server/listener.ts';
import { environmentOf, renderWithSidecar } from './example-pod.ts';
import { injectedPartsOf } from './injected-parts.ts';
import { renderChart, theOnly } from './render.ts';

const LISTENERS = ['WEBHOOK', 'RPC', 'ADMIN'];
const OF_GATEWAY = ['[::]:8080', '[::]:28051', '[::]:28464'];
const OF_SIDECAR = ['off', '127.0.0.1:28051', '[::]:28464'];

const listenersOf = (environment: Record<string, string>) =>
  LISTENERS.map((listener) => environment[`${listener}_LISTEN`]);

test('gateway and sidecars listen on every address of the Pod; rpc of a sidecar on loopback', async () => {
  const manifests = await renderChart({
    values: {
      store: { url: 'redis://redis' },
      rpc: { enabled: true, plaintext: true },
      injection: { enabled: true },
    },
    apiVersions: ['admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'],
  });
  const [gateway] = theOnly(manifests, 'Deployment').spec.template.spec.containers;
  expect(listenersOf(environmentOf(gateway))).toEqual(OF_GATEWAY);
  expect(listenersOf(environmentOf(injectedPartsOf(manifests).sidecar))).toEqual(OF_SIDECAR);
  expect(listenersOf(environmentOf((await renderWithSidecar({})).sidecar))).toEqual(OF_SIDECAR);
});

test('what accepts IPv6 accepts IPv4 as well', async () => {
  const listen = listenAddressFrom('[::]:0');
  if (listen === undefined) return expect.unreachable();
  const { address } = await startListener(echo, { listen });
  const port = address.slice(address.lastIndexOf(':') + 1);
  for (const host of ['127.0.0.1', '[::1]'])
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(200);
});

test('on a kernel without IPv6 the service listens on IPv4', async () => {
  const withoutIpv6 = ['python3', join(import.meta.dirname, 'without-ipv6.py')];
  const service = startProcess({ ADMIN_LISTEN: '[::]:0' }, { wrapper: withoutIpv6 });
  const address = await service.address('admin');
  expect(address).toMatch(/^0\.0\.0\.0:\d+$/);
  const { status } = await fetch(`http://${address.replace('0.0.0.0', '127.0.0.1')}/healthz`);
  expect(status).toBe(200);
});

test('another address of IPv6 is not replaced there', async () => {
  const withoutIpv6 = ['python3', join(import.meta.dirname, 'without-ipv6.py')];
  const service = startProcess({ ADMIN_LISTEN: '[::1]:0' }, { wrapper: withoutIpv6 });
  expect(await service.exited).not.toBe(0);
  expect(service.stderr()).toContain('ADMIN_LISTEN cannot listen on ::1');
});
