// The gateway's objects: how its Pods are replaced, run and looked at, and what may be reached of
// them.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderAlerts } from './monitored-chart.ts';
import { CHARTS, type Manifest, renderChart, theOnly } from './render.ts';

const STORE = { store: { url: 'redis://redis:6379' } };
const GATEWAY = 'session-cognigy-session-sidecar-gateway';

const render = (set: string[] = [], kubeVersion = '1.36.0') =>
  renderChart({ values: STORE, set, kubeVersion });
const deploymentOf = (manifests: Manifest[]) => theOnly(manifests, 'Deployment', GATEWAY);
const containerOf = (manifests: Manifest[]) =>
  deploymentOf(manifests).spec.template.spec.containers[0];

describe('the Deployment', () => {
  test('replaces no Pod before its successor is ready', async () => {
    const { strategy, revisionHistoryLimit } = deploymentOf(await render()).spec;
    expect(strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    expect(revisionHistoryLimit).toBe(10);
  });

  test('says how many there are, unless an autoscaler does', async () => {
    expect(deploymentOf(await render(['gateway.replicaCount=4'])).spec.replicas).toBe(4);
    const scaled = await render([
      'gateway.autoscaling.enabled=true',
      'gateway.autoscaling.maxReplicas=7',
    ]);
    expect(deploymentOf(scaled).spec).not.toHaveProperty('replicas');
    expect(theOnly(scaled, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: GATEWAY },
      minReplicas: 2,
      maxReplicas: 7,
      metrics: [
        { resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '500m' } } },
      ],
    });
    const another = await render(['gateway.replicaCount=null']);
    expect(deploymentOf(another).spec).not.toHaveProperty('replicas');
  });

  test('is scaled before a Pod is called saturated, by the same measure', async () => {
    const scaled = await render(['gateway.autoscaling.enabled=true']);
    const [{ resource }] = theOnly(scaled, 'HorizontalPodAutoscaler').spec.metrics;
    const targetCores = Number.parseInt(resource.target.averageValue, 10) / 1000;
    const { expr = '' } =
      (await renderAlerts()).find(({ alert }) => alert === 'CognigySessionPodSaturated') ?? {};
    const [, saturatedCores] = /process_cpu_seconds_total\S* > ([0-9.]+)/.exec(expr) ?? [];
    expect(targetCores).toBeLessThan(Number(saturatedCores));
  });

  test('asks another question of each probe, none of them on the loopback', async () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = containerOf(await render());
    const probes = [startupProbe, livenessProbe, readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet)).toEqual([
      { path: '/healthz', port: 'session-admin' },
      { path: '/healthz', port: 'session-admin' },
      { path: '/readyz', port: 'session-admin' },
    ]);
    expect(ports).toContainEqual({ name: 'session-admin', containerPort: 28464, protocol: 'TCP' });
  });

  test('takes nothing of the cluster into its Pods: no token, no variables of Services', async () => {
    const manifests = await render();
    expect(deploymentOf(manifests).spec.template.spec).toMatchObject({
      serviceAccountName: 'session-cognigy-session-sidecar',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
    });
    expect(theOnly(manifests, 'ServiceAccount').automountServiceAccountToken).toBe(false);
  });

  test('spreads over zones and machines, ReplicaSet by ReplicaSet, unless values say how', async () => {
    const spread = deploymentOf(await render()).spec.template.spec.topologySpreadConstraints;
    expect(spread).toMatchObject([
      { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
      { topologyKey: 'kubernetes.io/hostname', matchLabelKeys: ['pod-template-hash'] },
    ]);
    const own = [{ topologyKey: 'rack', maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule' }];
    const values = { ...STORE, gateway: { topologySpreadConstraints: own } };
    const manifests = await renderChart({ values });
    expect(deploymentOf(manifests).spec.template.spec.topologySpreadConstraints).toEqual(own);
  });

  test('keeps the labels that its selector looks for, whatever the values say', async () => {
    const label = 'gateway.podLabels.app\\.kubernetes\\.io/component=else';
    const { selector, template } = deploymentOf(
      await render([label, 'gateway.podLabels.team=bots']),
    ).spec;
    expect(template.metadata.labels).toEqual({ ...selector.matchLabels, team: 'bots' });
  });

  test('selects the same with other names, for a selector cannot be changed', async () => {
    const { selector } = deploymentOf(await render()).spec;
    const renamed = await render([
      'nameOverride=other',
      `fullnameOverride=${GATEWAY.replace('-gateway', '')}`,
    ]);
    expect(deploymentOf(renamed).spec.selector).toEqual(selector);
  });

  test('is a new one for a changed setting, and stays for changed flow definitions', async () => {
    const withFlow = (ttl: string) => `flows.definitions.checkout\\.json.ttl=${ttl}`;
    const [before, sameFlows, otherSetting] = await Promise.all(
      [[withFlow('PT1H')], [withFlow('PT2H')], [withFlow('PT1H'), 'settings.SESSION_TTL=1h']].map(
        async (set) => deploymentOf(await render(set)),
      ),
    );
    expect(sameFlows).toEqual(before);
    expect(otherSetting).not.toEqual(before);
  });
});

describe('the Services', () => {
  test('have the webhook, and rpc only where it is on', async () => {
    const portsOf = (manifests: Manifest[]) => theOnly(manifests, 'Service', GATEWAY).spec.ports;
    expect(portsOf(await render())).toEqual([
      {
        ...{ name: 'webhook', port: 80, targetPort: 'session-webhook', protocol: 'TCP' },
        appProtocol: 'http',
      },
    ]);
    const plain = await render(['rpc.enabled=true', 'rpc.plaintext=true']);
    expect(portsOf(plain)[1]).toMatchObject({
      name: 'rpc',
      port: 28051,
      appProtocol: 'kubernetes.io/h2c',
    });
    const tls = ['webhook.tls.existingSecret=a', 'rpc.tls.existingSecret=b', 'rpc.enabled=true'];
    expect(portsOf(await render(tls))).toMatchObject([
      { appProtocol: 'https' },
      { appProtocol: 'https' },
    ]);
  });

  test('keep metrics apart from what may face the world', async () => {
    const manifests = await render(['gateway.service.type=LoadBalancer']);
    expect(theOnly(manifests, 'Service', GATEWAY).spec.type).toBe('LoadBalancer');
    const admin = theOnly(manifests, 'Service', GATEWAY.replace(/gateway$/, 'admin'));
    expect(admin.spec).toMatchObject({
      clusterIP: 'None',
      ports: [{ name: 'admin', port: 28464 }],
    });
  });

  test('lead to ports that the Pod has', async () => {
    const manifests = await render(['rpc.enabled=true', 'rpc.plaintext=true']);
    const names = containerOf(manifests).ports.map((port: { name: string }) => port.name);
    const services = manifests.filter(({ kind }) => kind === 'Service');
    const targets = services.flatMap(({ spec }) =>
      spec.ports.map((port: { targetPort: string }) => port.targetPort),
    );
    expect(targets.sort()).toEqual(names.sort());
  });
});

test('Pods that are not ready never keep a machine from being drained', async () => {
  expect(theOnly(await render(), 'PodDisruptionBudget').spec).toMatchObject({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  });
});

test.each(readdirSync(join(CHARTS.application, 'examples')))(
  'the example %s can be installed',
  async (name) => {
    const manifests = await renderChart({ values: [join(CHARTS.application, 'examples', name)] });
    expect(containerOf(manifests).env).toContainEqual({
      name: 'STORE_URL',
      value: expect.stringMatching(/^rediss?\+(sentinel|cluster):\/\//),
    });
  },
);
