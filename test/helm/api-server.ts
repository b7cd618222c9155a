// What Helm asks of an API server when it renders an installation for a cluster: which kinds there
// are, and the objects that templates look up. Nothing can be created in it.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import type { Manifest } from './render.ts';

/** The kinds that the chart makes, by group and version. */
const KINDS: Record<string, Record<string, string>> = {
  v1: {
    configmaps: 'ConfigMap',
    persistentvolumeclaims: 'PersistentVolumeClaim',
    pods: 'Pod',
    secrets: 'Secret',
    serviceaccounts: 'ServiceAccount',
    services: 'Service',
  },
  'admissionregistration.k8s.io/v1': {
    mutatingadmissionpolicies: 'MutatingAdmissionPolicy',
    mutatingadmissionpolicybindings: 'MutatingAdmissionPolicyBinding',
  },
  'apps/v1': { deployments: 'Deployment', statefulsets: 'StatefulSet' },
  'batch/v1': { jobs: 'Job' },
  'gateway.networking.k8s.io/v1': { httproutes: 'HTTPRoute' },
  'networking.k8s.io/v1': { ingresses: 'Ingress', networkpolicies: 'NetworkPolicy' },
  'policy/v1': { poddisruptionbudgets: 'PodDisruptionBudget' },
};

/** Serves these objects until the test ends it, and writes how to reach it to `kubeconfig`. */
export async function serveObjects(objects: Manifest[], kubeconfig: string): Promise<Disposable> {
  const server = createServer((request, response) => {
    const answer = answerTo(new URL(request.url ?? '', 'http://a').pathname, objects);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? NOT_FOUND));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster = { name: 'c', cluster: { server: `http://127.0.0.1:${port}` } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  await writeFile(
    kubeconfig,
    stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      ...{ clusters: [cluster], contexts: [context], users: [{ name: 'u', user: {} }] },
    }),
  );
  return {
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const NOT_FOUND = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  code: 404,
};

function answerTo(path: string, objects: Manifest[]): object | undefined {
  if (path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() };
  const [, group = '', rest] = /^\/(?:api|apis)\/((?:[a-z0-9.]+\/)?v1)(\/.*)?$/.exec(path) ?? [];
  const kinds = KINDS[group];
  if (kinds === undefined) return undefined;
  if (rest === undefined) return resourcesOf(group, kinds);
  const [, namespace, resource = '', name] =
    /^(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(rest) ?? [];
  const found = objects.filter(
    ({ kind, metadata }) => kind === kinds[resource] && metadata.namespace === namespace,
  );
  if (name !== undefined) return found.find(({ metadata }) => metadata.name === name);
  return { kind: `${kinds[resource]}List`, apiVersion: group, metadata: {}, items: found };
}

function groups(): object[] {
  return Object.keys(KINDS)
    .filter((groupVersion) => groupVersion.includes('/'))
    .map((groupVersion) => {
      const version = { groupVersion, version: 'v1' };
      return { name: groupVersion.split('/')[0], versions: [version], preferredVersion: version };
    });
}

function resourcesOf(groupVersion: string, kinds: Record<string, string>): object {
  const resources = Object.entries(kinds).map(([name, kind]) => ({
    ...{
      name,
      kind,
      singularName: '',
      namespaced: !kind.startsWith('Mutating'),
      verbs: ['get', 'list', 'create'],
    },
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
