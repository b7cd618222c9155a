// Every object that the charts make is one of its kind, by the schemas of Kubernetes and of the
// custom resources: no member that does not exist, none of the wrong type.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderText } from './render.ts';
import { KUBE_VERSIONS, optionsOf, VARIANTS, versionsOf } from './variants.ts';

const run = promisify(execFile);

/** Where .ci/build-tools puts what it brings. */
const TOOLS = process.env.TOOLS_DIR ?? join(import.meta.dirname, '../../.ci/tools');

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'schemas-'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe.each(KUBE_VERSIONS)('by the schemas of Kubernetes %s', (version) => {
  const variants = VARIANTS.filter((variant) => versionsOf(variant).includes(version));
  test.each(variants)('$name is valid', async (variant) => {
    const rendered = await renderText(optionsOf(variant, version));
    expect(await problemsOf(rendered, version)).toBe('');
  });
});

test('a member that does not exist is found, and a kind that nobody knows', async () => {
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 1, portt: 2 }] }\n';
  expect(await problemsOf(service, '1.36')).toMatch(/spec\.ports\[0\]\.portt: .*unknown field/);
  const unknown = 'apiVersion: example.org/v1\nkind: Unknown\nmetadata: { name: a }\n';
  expect(await problemsOf(unknown, '1.36')).not.toBe('');
});

/** What stands against these documents; empty if nothing does. */
async function problemsOf(documents: string, version: string): Promise<string> {
  const file = join(scratch, 'objects.yaml');
  await writeFile(file, documents);
  const parameters = [
    '--local-schemas',
    join(TOOLS, 'schemas', version),
    '--local-crds',
    join(TOOLS, 'crds'),
  ];
  // The version is that of built-in schemas, which are asked for what the given ones do not have.
  return run('kubectl-validate', [...parameters, '--version', '1.29', file]).then(
    () => '',
    ({ stdout, stderr }) => stdout + stderr,
  );
}
