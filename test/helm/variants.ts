// What is rendered: each `ci/*-values.yaml` of each chart, for each of these versions of
// Kubernetes.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHARTS, type Manifest, type RenderOptions, renderChart } from './render.ts';

/** The oldest that has native sidecars by default, one in between, the newest. */
export const KUBE_VERSIONS = ['1.29', '1.33', '1.36'] as const;

/** What clusters have besides the API of Kubernetes. */
const CUSTOM_RESOURCES = [
  'monitoring.coreos.com/v1/ServiceMonitor',
  'monitoring.coreos.com/v1/PodMonitor',
  'monitoring.coreos.com/v1/PrometheusRule',
  'gateway.networking.k8s.io/v1/HTTPRoute',
];

/** Policies that change objects: a part of the API since 1.36. */
const MUTATING_POLICIES = [
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding',
];

/** A chart with values that are tried. */
export type Variant = { chart: keyof typeof CHARTS; name: string; file: string };

/** Every variant, with a name for tests: `application/gateway`. */
export const VARIANTS: Variant[] = (['application', 'example'] as const).flatMap((chart) => {
  const folder = join(CHARTS[chart], 'ci');
  return readdirSync(folder)
    .filter((name) => name.endsWith('-values.yaml'))
    .sort()
    .map((name) => ({
      chart,
      name: `${chart}/${name.replace('-values.yaml', '')}`,
      file: join(folder, name),
    }));
});

/** The versions of Kubernetes that a variant is for: policies that change objects are new. */
export const versionsOf = ({ name }: Variant): readonly string[] =>
  KUBE_VERSIONS.filter((version) => version === '1.36' || !name.includes('injection'));

/** How Helm renders a variant for a cluster of this version. */
export function optionsOf(variant: Variant, kubeVersion: string): RenderOptions {
  const policies = kubeVersion === '1.36' ? MUTATING_POLICIES : [];
  return {
    chart: variant.chart,
    values: [variant.file],
    kubeVersion: `${kubeVersion}.0`,
    apiVersions: [...CUSTOM_RESOURCES, ...policies],
  };
}

/** The objects of a variant. */
export function renderVariant(variant: Variant, kubeVersion: string): Promise<Manifest[]> {
  return renderChart(optionsOf(variant, kubeVersion));
}
