// The table of platforms: the values of each row are rendered, for a store of one's own and for the
// bundled cluster, and make what the row says.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { podSpecsOf } from './pod-specs.ts';
import { type Manifest, renderChart, theOnly } from './render.ts';
import { problemsOf } from './schema-problems.ts';

const PAGE = readFileSync('docs/kubernetes/platforms.md', 'utf8');

type Row = { platform: string; about: string; values: Record<string, Record<string, unknown>> };

const rows: Row[] = [...PAGE.matchAll(/^\| (.+?) \| (.+) \| (?:`(\{.*\})`|–) \|$/gm)].map(
  ([, platform = '', about = '', values]) => ({
    ...{ platform, about },
    values: values === undefined ? {} : parse(values),
  }),
);

const RENDERING_MAX_MS = 120_000;

const GATEWAY = 'session-cognigy-session-sidecar-gateway';
const APIS = ['gateway.networking.k8s.io/v1/HTTPRoute'];

/** The row's values with a store of one's own, and with the bundled cluster. */
type Renders = { own: Manifest[]; bundled: Manifest[] };

/** What makes the row true. */
const CHECKS: Record<string, (rendered: Renders) => void> = {
  EKS: ({ bundled }) => {
    const [claim] = theOnly(bundled, 'StatefulSet').spec.volumeClaimTemplates;
    expect(claim.spec.storageClassName).toBe('gp3');
  },
  'EKS, AWS Load Balancer Controller': ({ own }) => {
    expect(theOnly(own, 'Ingress').spec.ingressClassName).toBe('alb');
  },
  'EKS on Fargate': ({ own }) => {
    expect(kindsOf(own)).not.toContain('NetworkPolicy');
    expect(JSON.stringify(own)).not.toMatch(/persistentVolumeClaim|volumeClaimTemplates|hostPath/);
  },
  GKE: servesAsItIs,
  'GKE Autopilot': ({ own }) => {
    const { requests } = gatewayOf(own).resources;
    // What the limit will be: above the autoscaler's target, so that it is reached.
    expect(requests).toEqual({ cpu: 1, memory: gatewayOf(own).resources.limits.memory });
  },
  'GKE, its Ingress': ({ own }) => {
    const { metadata, spec } = theOnly(own, 'Ingress');
    expect(metadata.annotations).toEqual({ 'kubernetes.io/ingress.class': 'gce' });
    expect(spec.ingressClassName).toBeUndefined();
    const { annotations = {} } = theOnly(own, 'Service', GATEWAY).metadata;
    expect(JSON.parse(annotations['cloud.google.com/neg'] ?? '')).toEqual({ ingress: true });
  },
  'GKE, its Gateway': ({ own }) => {
    const [parent] = theOnly(own, 'HTTPRoute').spec.parentRefs;
    expect(parent).toEqual({ name: 'public', namespace: 'gateways' });
  },
  AKS: servesAsItIs,
  'AKS with Windows pools': ({ bundled }) => {
    for (const { spec, owner } of podSpecsOf(bundled))
      expect(spec.nodeSelector, owner).toEqual({ 'kubernetes.io/os': 'linux' });
  },
  OpenShift: ({ bundled }) => {
    expect(JSON.stringify(podSpecsOf(bundled))).not.toMatch(/"(runAsUser|runAsGroup|fsGroup)"/);
  },
  K3s: ({ own }) => {
    const { annotations = {} } = theOnly(own, 'Ingress').metadata;
    expect(Object.values(annotations)).toEqual(['websecure']);
  },
  'IPv6, or both families': ({ own }) => {
    expect(theOnly(own, 'Service', GATEWAY).spec.ipFamilyPolicy).toBe('PreferDualStack');
    for (const { name, value } of gatewayOf(own).env)
      if (/^(WEBHOOK|ADMIN)_LISTEN$/.test(name)) expect(value).toMatch(/^\[::\]:/);
  },
  'without the internet': ({ bundled }) => {
    const images = [...JSON.stringify(bundled).matchAll(/"image":"([^"]+)"/g)];
    expect(new Set(images.map(([, image = '']) => image.split('/')[0]))).toEqual(
      new Set(['registry.internal']),
    );
    for (const { spec, owner } of podSpecsOf(bundled))
      expect(spec.imagePullSecrets, owner).toEqual([{ name: 'registry' }]);
  },
  'Argo CD': ({ own, bundled }) => {
    for (const rendered of [own, bundled]) expect(kindsOf(rendered)).not.toContain('Secret');
  },
  Flux: servesAsItIs,
  Istio: hasNoProxyWhereNothingEnds,
  Linkerd: hasNoProxyWhereNothingEnds,
  'Gateway API (others)': ({ own }) => {
    expect(theOnly(own, 'HTTPRoute').spec.hostnames).toEqual(['sessions.example.com']);
  },
  'controllers built on NGINX': ({ own }) => {
    const { value } = gatewayOf(own).env.find(({ name }: Manifest) => name === 'BODY_MAX_BYTES');
    expect(Number(value)).toBe(4 * 1024 * 1024);
  },
  'a LoadBalancer without an Ingress': ({ own }) => {
    expect(theOnly(own, 'Service', GATEWAY).spec.type).toBe('LoadBalancer');
  },
  'no policies in the cluster network': servesAsItIs,
};

test('each row has a check, and each check a row', () => {
  expect(rows.map(({ platform }) => platform)).toEqual(Object.keys(CHECKS));
});

const rendered = new Map<string, Renders>();
beforeAll(async () => {
  for (const { platform, values } of rows) {
    // Values of the bundled cluster are refused without it.
    const { redisCluster, ...others } = values;
    const [own, bundled] = await Promise.all([
      render({ ...others, store: { url: 'rediss://redis:6379' } }),
      render({ ...others, redisCluster: { ...redisCluster, enabled: true } }),
    ]);
    rendered.set(platform, { own, bundled });
  }
}, RENDERING_MAX_MS);

test.each(rows)('$platform', ({ platform }) => {
  const renders = rendered.get(platform);
  if (renders === undefined) return expect.unreachable();
  CHECKS[platform]?.(renders);
});

test('all of them are valid objects of Kubernetes', async () => {
  const all = [...rendered.values()].flatMap(({ own, bundled }) => [...own, ...bundled]);
  expect(all.length).toBeGreaterThan(20 * rows.length);
  expect(await problemsOf(all, '1.36')).toBe('');
});

function render(values: object): Promise<Manifest[]> {
  return renderChart({ values, kubeVersion: '1.36.0', apiVersions: APIS });
}

const kindsOf = (manifests: Manifest[]) => manifests.map(({ kind }) => kind);

function gatewayOf(manifests: Manifest[]) {
  return theOnly(manifests, 'Deployment').spec.template.spec.containers[0];
}

/** What load balancers check: the serving port answers at `/`. */
function servesAsItIs({ own }: Renders): void {
  const [webhook] = theOnly(own, 'Service', GATEWAY).spec.ports;
  expect(webhook).toMatchObject({ name: 'webhook', targetPort: 'session-webhook' });
}

function hasNoProxyWhereNothingEnds({ own, bundled }: Renders): void {
  const protocols = theOnly(own, 'Service', GATEWAY).spec.ports.map(
    ({ appProtocol }: Manifest) => appProtocol,
  );
  expect(protocols).toEqual(['http', 'kubernetes.io/h2c']);
  const withoutProxy = [theOnly(bundled, 'StatefulSet'), theOnly(bundled, 'Job')];
  for (const { spec } of withoutProxy)
    expect(spec.template.metadata).toMatchObject({
      labels: { 'sidecar.istio.io/inject': 'false' },
      annotations: { 'linkerd.io/inject': 'disabled' },
    });
}
