// The Pod that the example's chart makes: an application with the sidecar beside it.

import { podSpecsOf } from './pod-specs.ts';
import { type RenderOptions, renderChart } from './render.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: shapes of Kubernetes.
/** Its specification, and the two containers in it. */
export type ExamplePod = { spec: any; sidecar: any; application: any };
// biome-ignore-end lint/suspicious/noExplicitAny: see above.

/** Enough for the library chart to render. */
export const SOME_STORE = { url: 'redis://redis:6379' };

/** Renders it. Rejects with what Helm says. */
export async function renderExamplePod(options: RenderOptions): Promise<ExamplePod> {
  const [pod] = podSpecsOf(await renderChart({ ...options, chart: 'example' }));
  if (pod === undefined) throw new Error('the example makes no Pod');
  const [sidecar] = pod.spec.initContainers;
  return { spec: pod.spec, sidecar, application: pod.spec.containers[0] };
}

/** Renders it with these values of the library chart. */
export function renderWithSidecar(sidecar: object, others: object = {}): Promise<ExamplePod> {
  return renderExamplePod({
    values: { ...others, sessionSidecar: { store: SOME_STORE, ...sidecar } },
  });
}

/** The variables of a container that have a plain value. */
export function environmentOf(container: ExamplePod['sidecar']): Record<string, string> {
  const plain: { name: string; value?: string }[] = container.env;
  return Object.fromEntries(
    plain.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}
