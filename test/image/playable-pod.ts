// A Pod as Kubernetes takes it, turned into one that podman 4.3 plays the same way. What podman
// knows stays as it is: images, commands, users, capabilities, the read-only root file system,
// limits, shared network. What it does not know is done for it, or left out:
//
//   volumes               Secrets, ConfigMaps, projections of both, emptyDir and claims become
//   folders of this
//                         machine, with the files and links that the kubelet makes (pod-folders.ts)
//   valueFrom             of Secrets, ConfigMaps and the Pod's name becomes the value
//   native sidecars       become containers, first of all
//   ports                 each is published on a free port of loopback
//   probes, lifecycle     left out: podman would call curl inside the container, where there is
//   none
//   scheduling, accounts  left out: there is one node, and no API server

import type { Manifest } from '../helm/render.ts';
import { textsOf } from './manifest-texts.ts';
import type { PodFolders } from './pod-folders.ts';

// biome-ignore lint/suspicious/noExplicitAny: parts of manifests have shapes of their own.
type Part = any;

export type PodSource = {
  /** The Pod, or what makes Pods, and the Secrets and ConfigMaps that it reads. */
  manifests: readonly Manifest[];
  /** Containers that are played in it as well. */
  beside: readonly Part[];
};

const CONTAINER_FIELDS = [
  ...['name', 'image', 'command', 'args', 'workingDir'],
  ...['resources', 'securityContext', 'volumeMounts'],
];
const POD_FIELDS = ['hostname', 'hostAliases', 'securityContext', 'terminationGracePeriodSeconds'];

/** The Pod to play, under this name. `hostPort` gives the port of loopback that stands for one of
 * a container. */
export function playablePod(
  { manifests, beside }: PodSource,
  {
    name,
    folders,
    hostPort,
  }: { name: string; folders: PodFolders; hostPort: (containerPort: number) => number },
): Part {
  const workload = workloadOf(manifests);
  const template = workload.spec.template ?? workload;
  const { spec } = template;
  const claims: Part[] = workload.spec.volumeClaimTemplates ?? [];
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  const container = (each: Part) => ({
    ...picked(each, CONTAINER_FIELDS),
    imagePullPolicy: 'IfNotPresent',
    env: (each.env ?? []).map((variable: Part) => variableFrom(variable, manifests, name)),
    ports: (each.ports ?? []).map(({ containerPort }: Part) => ({
      containerPort,
      hostPort: hostPort(containerPort),
      hostIP: '127.0.0.1',
    })),
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: template.metadata.labels },
    spec: {
      ...picked(spec, POD_FIELDS),
      restartPolicy: 'Never',
      initContainers: (spec.initContainers ?? [])
        .filter((each: Part) => !isSidecar(each))
        .map(container),
      containers: [...sidecars, ...spec.containers, ...beside].map(container),
      volumes: [
        ...(spec.volumes ?? []),
        ...claims.map(({ metadata }) => ({ name: metadata.name, emptyDir: {} })),
      ].map((volume: Part) => ({
        name: volume.name,
        hostPath: { type: 'Directory', path: folders.folderOf(volume) },
      })),
    },
  };
}

function workloadOf(manifests: readonly Manifest[]): Manifest {
  const found = manifests.filter(({ kind }) =>
    ['Pod', 'Deployment', 'StatefulSet', 'Job'].includes(kind),
  );
  const [only, ...others] = found;
  if (only === undefined || others.length > 0)
    throw new Error(`${found.length} workloads are given, not one`);
  return only;
}

function variableFrom(
  { name, value, valueFrom }: Part,
  manifests: readonly Manifest[],
  podName: string,
): Part {
  if (valueFrom === undefined) return { name, value };
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
  if (secretKeyRef)
    return { name, value: textsOf(manifests, 'Secret', secretKeyRef.name)[secretKeyRef.key] };
  if (configMapKeyRef)
    return {
      name,
      value: textsOf(manifests, 'ConfigMap', configMapKeyRef.name)[configMapKeyRef.key],
    };
  if (fieldRef?.fieldPath === 'metadata.name') return { name, value: podName };
  throw new Error(
    `${name} is taken from something that cannot be played: ${JSON.stringify(valueFrom)}`,
  );
}

function isSidecar({ restartPolicy }: Part): boolean {
  return restartPolicy === 'Always';
}

function picked(source: Part, fields: readonly string[]): Part {
  return Object.fromEntries(
    fields.flatMap((field) => (field in source ? [[field, source[field]]] : [])),
  );
}
