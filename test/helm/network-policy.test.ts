// Who reaches the gateway and where it goes: one policy with a rule for each listener, and another
// for the test Pod. A policy that forgets something cuts it off, so each test says who must get
// through.

import { describe, expect, test } from 'vitest';
import { type Manifest, renderChart, theOnly } from './render.ts';

const PREFIX = 'session-cognigy-session-sidecar';
const DNS_PORTS = [53, 5353, 8053];

type Port = { port: number; protocol: string };

const render = (values: object = {}) =>
  renderChart({ values: { store: { url: 'redis://redis:6379' }, ...values } });
const policy = (manifests: Manifest[], name: string) =>
  theOnly(manifests, 'NetworkPolicy', `${PREFIX}-${name}`).spec;
const egressOf = async (values: object = {}) => policy(await render(values), 'gateway').egress;

/** The rule for one listener, found by its port in the Pod. */
function ruleOf(manifests: Manifest[], listener: string) {
  const { containers } = theOnly(manifests, 'Deployment').spec.template.spec;
  const { containerPort } = containers[0].ports.find(
    ({ name }: { name: string }) => name === `session-${listener}`,
  );
  const { ingress } = policy(manifests, 'gateway');
  const [rule, ...others] = ingress.filter(
    ({ ports }: { ports: Port[] }) => ports[0]?.port === containerPort,
  );
  expect(others).toEqual([]);
  return rule;
}

async function storePorts(url: string, announcedPorts: number[] = []): Promise<number[]> {
  const egress = await egressOf({ store: { url }, networkPolicy: { store: { announcedPorts } } });
  return egress[1].ports.map(({ port }: Port) => port);
}

describe('the listeners', () => {
  test('have one policy, with a rule for exactly each port of the Pod', async () => {
    const manifests = await render({ rpc: { enabled: true, plaintext: true } });
    const { containers } = theOnly(manifests, 'Deployment').spec.template.spec;
    const { ingress, policyTypes } = policy(manifests, 'gateway');
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    const ports = containers[0].ports.map(({ containerPort }: { containerPort: number }) => ({
      ...{ port: containerPort, protocol: 'TCP' },
    }));
    expect(ingress).toHaveLength(3);
    expect(ingress.flatMap((rule: { ports: Port[] }) => rule.ports)).toEqual(
      expect.arrayContaining(ports),
    );
  });

  test('the policy selects the Pods of the gateway', async () => {
    const manifests = await render();
    const { labels } = theOnly(manifests, 'Deployment').spec.template.metadata;
    expect(labels).toMatchObject(policy(manifests, 'gateway').podSelector.matchLabels);
  });

  test('rpc has no rule while it is on the loopback', async () => {
    const { ingress } = policy(await render(), 'gateway');
    const ports = ingress.map((rule: { ports: Port[] }) => rule.ports[0]?.port);
    expect(ports).toEqual([8080, 28464]);
  });

  test('by default everybody reaches the webhook, labelled Pods rpc, every Pod the metrics', async () => {
    const manifests = await render({ rpc: { enabled: true, plaintext: true } });
    const from = (name: string) => ruleOf(manifests, name).from;
    expect(from('webhook')).toBeUndefined();
    expect(from('rpc')).toEqual([
      { podSelector: { matchLabels: { 'session-sidecar.cognigy/client': 'true' } } },
    ]);
    expect(from('admin')).toEqual([{ namespaceSelector: {} }]);
  });
});

describe('the test Pod', () => {
  const traefik = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } },
  };

  test('reaches the webhook beside those who are named', async () => {
    const manifests = await render({ networkPolicy: { webhook: { from: [traefik] } } });
    const [named, tests] = ruleOf(manifests, 'webhook').from;
    expect(named).toEqual(traefik);
    const { labels } = theOnly(manifests, 'Pod').metadata;
    expect(labels).toMatchObject(tests.podSelector.matchLabels);
  });

  test('may go to DNS and to the webhook, and be reached by nobody', async () => {
    const manifests = await render();
    const { podSelector, policyTypes, ingress, egress } = policy(manifests, 'tests');
    expect(theOnly(manifests, 'Pod').metadata.labels).toMatchObject(podSelector.matchLabels);
    expect({ policyTypes, ingress }).toEqual({
      policyTypes: ['Ingress', 'Egress'],
      ingress: undefined,
    });
    expect(egress[0].ports).toHaveLength(2 * DNS_PORTS.length);
    expect(egress[1].ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
    const { labels } = theOnly(manifests, 'Deployment').spec.template.metadata;
    expect(labels).toMatchObject(egress[1].to[0].podSelector.matchLabels);
  });
});

describe('the way out', () => {
  test('leads to DNS wherever it is, by both protocols', async () => {
    const [dns] = await egressOf();
    expect(dns).toEqual({
      ports: DNS_PORTS.flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol }))),
    });
  });

  test.each([
    { url: 'redis://redis', ports: [6379] },
    { url: 'redis://redis:7001/3', ports: [7001] },
    { url: 'rediss://[2001:db8::1]', ports: [6379] },
    { url: 'rediss://[2001:db8::1]:6380', ports: [6380] },
    { url: 'redis+cluster://a:7000,b:7001,c', ports: [7000, 7001, 6379] },
    { url: 'redis+sentinel://a,b:26380/mymaster', ports: [6379, 26379, 26380] },
  ])('leads to the ports of $url', async ({ url, ports }) => {
    expect(await storePorts(url)).toEqual(ports);
  });

  test('leads to ports that nodes announce', async () => {
    expect(await storePorts('redis+cluster://a:7000', [7001, 7002])).toEqual([7000, 7001, 7002]);
  });

  test('leads to the peers of the store alone where they are named, and where else values say', async () => {
    const to = [{ ipBlock: { cidr: '10.20.0.0/16' } }];
    const extra = { to: [{ ipBlock: { cidr: '10.30.0.0/16' } }] };
    const egress = await egressOf({ networkPolicy: { store: { to }, extraEgress: [extra] } });
    expect(egress.slice(1)).toEqual([{ ports: [{ port: 6379, protocol: 'TCP' }], to }, extra]);
  });

  test('leads to the Pods of the bundled cluster', async () => {
    const manifests = await render({ store: { url: '' }, redisCluster: { enabled: true } });
    const [, store] = policy(manifests, 'gateway').egress;
    expect(store.ports).toEqual([{ port: 6379, protocol: 'TCP' }]);
    const { labels } = theOnly(manifests, 'StatefulSet').spec.template.metadata;
    expect(labels).toMatchObject(store.to[0].podSelector.matchLabels);
  });
});

test('without network policies there are none', async () => {
  const manifests = await render({ networkPolicy: { enabled: false } });
  expect(manifests.filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
});
