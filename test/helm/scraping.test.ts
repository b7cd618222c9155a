// What is scraped: the gateway by its Service for metrics, sidecars by the name of their port, each
// as a part of this release, and nothing twice.

import { expect, test } from 'vitest';
import { renderWithSidecar } from './example-pod.ts';
import { JOB, MONITORED, renderMonitored } from './monitored-chart.ts';
import { type Manifest, theOnly } from './render.ts';

type Relabeling = {
  sourceLabels?: string[];
  regex?: string;
  action?: string;
  targetLabel?: string;
};

const labelsBy = (relabelings: (Relabeling & { replacement: string })[]) =>
  Object.fromEntries(
    relabelings.flatMap(({ targetLabel, replacement }) =>
      targetLabel ? [[targetLabel, replacement]] : [],
    ),
  );
const portNames = (container: Manifest['spec']) =>
  container.ports.map(({ name }: { name: string }) => name);

test('the ServiceMonitor finds the Service for metrics alone, by a port that it has', async () => {
  const manifests = await renderMonitored();
  const { selector, endpoints } = theOnly(manifests, 'ServiceMonitor').spec;
  const found = manifests.filter(
    ({ kind, metadata }) =>
      kind === 'Service' &&
      Object.entries(selector.matchLabels).every(
        ([name, value]) => metadata.labels?.[name] === value,
      ),
  );
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['session-admin']);
  expect(portNames(found[0]?.spec)).toContain(endpoints[0].port);
  expect(labelsBy(endpoints[0].relabelings)).toEqual({ job: JOB, component: 'gateway' });
});

test('the PodMonitor takes sidecars, which are init containers, and no gateway of whatever release', async () => {
  const manifests = await renderMonitored();
  const { selector, podMetricsEndpoints } = theOnly(manifests, 'PodMonitor').spec;
  expect(selector).toEqual({});
  const [{ port, relabelings }] = podMetricsEndpoints;
  expect(relabelings).toContainEqual({
    sourceLabels: ['__meta_kubernetes_pod_container_init'],
    regex: 'true',
    action: 'keep',
  });
  expect(labelsBy(relabelings)).toEqual({ job: JOB, component: 'sidecar' });
  expect(portNames((await renderWithSidecar({})).sidecar)).toContain(port);
  expect(theOnly(manifests, 'Deployment').spec.template.spec).not.toHaveProperty('initContainers');
});

test.each([
  ['', undefined],
  ['30s', '30s'],
  ['0m29s900ms', '0m29s900ms'],
])('a scrape may take %j', async (scrapeTimeout, rendered) => {
  const { serviceMonitor, podMonitor } = MONITORED.monitoring;
  const monitoring = {
    serviceMonitor: { ...serviceMonitor, scrapeTimeout },
    podMonitor: { ...podMonitor, scrapeTimeout },
  };
  const manifests = await renderMonitored({ ...MONITORED, monitoring });
  const [ofGateways] = theOnly(manifests, 'ServiceMonitor').spec.endpoints;
  const [ofSidecars] = theOnly(manifests, 'PodMonitor').spec.podMetricsEndpoints;
  expect([ofGateways.scrapeTimeout, ofSidecars.scrapeTimeout]).toEqual([rendered, rendered]);
});
