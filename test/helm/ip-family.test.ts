// Which addresses gateway and sidecars listen on: in a cluster of IPv6 the kubelet's probes come to
// one of those.

import { describe, expect, test } from 'vitest';
import { listenAddressFrom } from '../../src/config/listen-address-text.ts';
import { echo, startListener } from '../transport/server/listener.ts';
import { environmentOf, renderWithSidecar } from './example-pod.ts';
import { injectedPartsOf } from './injected-parts.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';

const POLICY = 'MutatingAdmissionPolicy';

function render(values: object): Promise<Manifest[]> {
  return renderChart({
    values: {
      store: { url: 'redis://redis' },
      rpc: { enabled: true, plaintext: true },
      injection: { enabled: true },
      ...values,
    },
    apiVersions: [`admissionregistration.k8s.io/v1/${POLICY}`],
  });
}

function listenersOf(environment: Record<string, string>) {
  return ['WEBHOOK', 'RPC', 'ADMIN'].map((listener) => environment[`${listener}_LISTEN`]);
}

function listenersOfGateway(manifests: Manifest[]) {
  return listenersOf(
    environmentOf(theOnly(manifests, 'Deployment').spec.template.spec.containers[0]),
  );
}

function listenersOfInjected(manifests: Manifest[]) {
  return listenersOf(environmentOf(injectedPartsOf(manifests).sidecar));
}

const OF_IPV4 = ['0.0.0.0:8080', '0.0.0.0:28051', '0.0.0.0:28464'];
const OF_BOTH = ['[::]:8080', '[::]:28051', '[::]:28464'];
const SIDECAR_OF_IPV4 = ['off', '127.0.0.1:28051', '0.0.0.0:28464'];
const SIDECAR_OF_BOTH = ['off', '127.0.0.1:28051', '[::]:28464'];

describe('one value says it for gateway and injected sidecars', () => {
  test.each([
    ['IPv4', OF_IPV4, SIDECAR_OF_IPV4],
    ['IPv6', OF_BOTH, SIDECAR_OF_BOTH],
  ])('%s', async (ipFamily, gateway, sidecar) => {
    const manifests = await render({ ipFamily });
    expect(listenersOfGateway(manifests)).toEqual(gateway);
    expect(listenersOfInjected(manifests)).toEqual(sidecar);
  });

  test('IPv4, if nothing is said', async () => {
    expect(listenersOfGateway(await render({}))).toEqual(OF_IPV4);
  });

  test('injected sidecars may have IPv6 alone', async () => {
    const manifests = await render({ injectedSidecar: { ipFamily: 'IPv6' } });
    expect(listenersOfGateway(manifests)).toEqual(OF_IPV4);
    expect(listenersOfInjected(manifests)).toEqual(SIDECAR_OF_BOTH);
  });
});

test('a sidecar of another chart has the same value; its rpc stays on the loopback', async () => {
  const listeners = async (values: object) =>
    listenersOf(environmentOf((await renderWithSidecar(values)).sidecar));
  expect(await listeners({})).toEqual(SIDECAR_OF_IPV4);
  expect(await listeners({ ipFamily: 'IPv6' })).toEqual(SIDECAR_OF_BOTH);
});

test('what takes IPv6 takes what comes by IPv4 as well', async () => {
  const listen = listenAddressFrom('[::]:0');
  if (listen === undefined) return expect.unreachable();
  const { address } = await startListener(echo, { listen });
  const port = address.slice(address.lastIndexOf(':') + 1);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});
