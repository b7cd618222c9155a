import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serveObjects } from './api-server.ts';
import { CHARTS, type Manifest, runHelm } from './render.ts';

const KEYS = [
  ...['redis-password', 'webhook-secret', 'rpc-token', 'my.key', 'ca.crt', 'tls.crt', 'tls.key'],
];

/** What Helm says after an installation with these values into a cluster with these objects (by
 * default the Secrets that the values name), or without a cluster. */
export async function notesFor(
  values: object,
  cluster: Manifest[] | null = secretsNamedIn(values),
): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'notes-'));
  const [file, kubeconfig] = [join(scratch, 'values.yaml'), join(scratch, 'kubeconfig')];
  using _server = cluster && (await serveObjects(cluster, kubeconfig));
  try {
    await writeFile(file, stringify(values));
    const { stdout } = await runHelm([
      ...['install', 'session', CHARTS.application, '--namespace', 'bots', '--values', file],
      ...(cluster
        ? ['--dry-run=server', '--disable-openapi-validation', '--kubeconfig', kubeconfig]
        : ['--dry-run=client']),
    ]);
    return stdout.slice(stdout.indexOf('\nNOTES:\n'));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function secretsNamedIn(values: object): Manifest[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return secretsNamedIn(value);
    if (name !== 'existingSecret') return [];
    const data = Object.fromEntries(KEYS.map((key) => [key, btoa('a value')]));
    const metadata = { name: value, namespace: 'bots' };
    return [{ apiVersion: 'v1', kind: 'Secret', metadata, data }];
  });
}
