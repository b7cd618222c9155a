// The Pods that objects make.

import type { Manifest } from './render.ts';

/** A Pod's specification, and whose it is. */
export type PodSpec = {
  owner: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: a specification has a hundred members.
  spec: any;
};

/** The specifications of all Pods that these objects make. */
export function podSpecsOf(manifests: Manifest[]): PodSpec[] {
  return manifests.flatMap((manifest) => {
    const template = manifest.kind === 'Pod' ? manifest : manifest.spec?.template;
    if (!template?.spec?.containers) return [];
    const { labels = {}, annotations = {} } = template.metadata ?? {};
    return [
      {
        owner: `${manifest.kind}/${manifest.metadata.name}`,
        labels,
        annotations,
        spec: template.spec,
      },
    ];
  });
}

/** Its containers, those that run before the others included. */
// biome-ignore lint/suspicious/noExplicitAny: a container has fifty members.
export function containersOf({ spec }: PodSpec): any[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
