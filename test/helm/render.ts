// The charts, rendered by Helm itself, as objects.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { serveObjects } from './api-server.ts';

const run = promisify(execFile);

const OUTPUT_MAX_BYTES = 32 * 1024 * 1024;

/** The folders of the charts, by name. */
export const CHARTS = {
  application: join(import.meta.dirname, '../../helm/cognigy-session-sidecar'),
  example: join(import.meta.dirname, '../../helm/example-service'),
} as const;

/** A Kubernetes object. */
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own.
  [member: string]: any;
};

export type RenderOptions = {
  chart?: keyof typeof CHARTS;
  /** Values as an object, or paths of values files; the later ones win. */
  values?: object | string[];
  /** Arguments of `--set`. */
  set?: string[];
  kubeVersion?: string;
  /** API versions that the cluster has besides those that Helm assumes. */
  apiVersions?: string[];
  release?: string;
  namespace?: string;
  /** Objects of the cluster that it is rendered for. Without them there is no cluster. */
  cluster?: Manifest[];
  /** Folder of a chart, where it is none of CHARTS. */
  folder?: string;
};

/** What `helm template` makes of a chart, hooks included, in its order. Rejects with Helm's
 * message. */
export async function renderChart(options: RenderOptions = {}): Promise<Manifest[]> {
  return manifestsFrom(await renderText(options));
}

/** The same as text. */
export async function renderText(options: RenderOptions = {}): Promise<string> {
  const { chart = 'application', set = [], release = 'session', namespace = 'bots' } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'render-'));
  const kubeconfig = join(scratch, 'kubeconfig');
  using _server = options.cluster && (await serveObjects(options.cluster, kubeconfig));
  try {
    const { stdout } = await runHelm([
      'template',
      release,
      options.folder ?? CHARTS[chart],
      '--namespace',
      namespace,
      ...(await valuesArguments(options.values, scratch)),
      ...set.flatMap((assignment) => ['--set', assignment]),
      ...(options.kubeVersion === undefined ? [] : ['--kube-version', options.kubeVersion]),
      ...(options.cluster
        ? ['--dry-run=server', '--disable-openapi-validation', '--kubeconfig', kubeconfig]
        : []),
      ...(options.apiVersions ?? []).flatMap((version) => ['--api-versions', version]),
    ]);
    return stdout;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Runs Helm. Rejects with what it wrote to standard error. */
export async function runHelm(parameters: string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await run('helm', parameters, { maxBuffer: OUTPUT_MAX_BYTES });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') throw new Error('helm is not installed: .ci/build-tools brings Helm 4');
    throw new Error(stderr);
  }
}

/** The objects of a stream of YAML documents; empty documents are none. */
export function manifestsFrom(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of this kind, and of this name where several are. Throws if there is none, or
 * more. */
export function theOnly(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name),
  );
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    const there = manifests
      .map((manifest) => `${manifest.kind}/${manifest.metadata.name}`)
      .join(', ');
    throw new Error(`${found.length} objects are ${kind} ${name ?? ''}; there are ${there}`);
  }
  return only;
}

async function valuesArguments(
  values: RenderOptions['values'],
  scratch: string,
): Promise<string[]> {
  if (values === undefined) return [];
  if (Array.isArray(values)) return values.flatMap((path) => ['--values', path]);
  const path = join(scratch, 'values.yaml');
  await writeFile(path, stringify(values));
  return ['--values', path];
}
