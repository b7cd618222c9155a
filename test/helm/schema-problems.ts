import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from './render.ts';

const run = promisify(execFile);

/** Where .ci/build-tools puts what it brings. */
const TOOLS = process.env.TOOLS_DIR ?? join(import.meta.dirname, '../../.ci/tools');

/** What is wrong with these objects by the schemas of a version of Kubernetes; empty if nothing is. */
export async function problemsOf(objects: string | Manifest[], version: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'schemas-'));
  const file = join(scratch, 'objects.yaml');
  // As JSON: validators read words such as `on` of YAML 1.1.
  const text =
    typeof objects === 'string'
      ? objects
      : objects.map((each) => JSON.stringify(each)).join('\n---\n');
  await writeFile(file, text);
  const parameters = [
    ...['--local-schemas', join(TOOLS, 'schemas', version)],
    ...['--local-crds', join(TOOLS, 'crds')],
    // The version is that of built-in schemas, which are asked for what the given ones do not have.
    ...['--version', '1.29', file],
  ];
  try {
    await run('kubectl-validate', parameters);
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  } finally {
    await rm(scratch, { recursive: true });
  }
}
