import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serveObjects } from './api-server.ts';
import { CHARTS, type Manifest, runHelm } from './render.ts';

/** What Helm says after an installation with these values into a cluster with these objects, or
 * without a cluster. */
export async function notesFor(values: object, cluster: Manifest[] | null = []): Promise<string> {
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
