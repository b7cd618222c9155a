// What the charts render, kept in golden/: a change of a template shows in the objects that it
// changes. The newest version of Kubernetes is kept whole, for the others only what differs from
// it. Objects that the first variant of a chart has too, and files of a chart, are only named.
//
// After a wanted change: `npm run test:platform -- -u golden`, and read the difference.

import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from './render.ts';
import { renderVariant, VARIANTS, type Variant, versionsOf } from './variants.ts';

const NEWEST = '1.36';
/** The variants that stand whole in golden/, by their charts. */
const WHOLE = { application: 'application/gateway-minimal', example: 'example/loopback' };
/** The paths of the files of the charts, by their texts. */
const FILES = new Map(
  globSync('helm/*/files/**/*.*').map((path) => [readFileSync(path, 'utf8').trim(), path]),
);

describe.each(VARIANTS)('$name', (variant) => {
  test(`renders for Kubernetes ${NEWEST} what it is known to`, async () => {
    const text = await shortTextOf(variant);
    await expect(text).toMatchFileSnapshot(`golden/${variant.name}.yaml`);
  });

  test('renders for older versions what differs', async () => {
    const newest = textOf(await renderVariant(variant, NEWEST));
    const older = versionsOf(variant).filter((version) => version !== NEWEST);
    const parts = older.map(async (version) => {
      const text = textOf(await renderVariant(variant, version));
      return `# Kubernetes ${version}\n${(await differences(newest, text)) || 'nothing differs\n'}`;
    });
    const text = (await Promise.all(parts)).join('\n');
    await expect(text).toMatchFileSnapshot(`golden/${variant.name}.older.diff`);
  });
});

/** The objects of a variant, without what stands elsewhere. */
async function shortTextOf(variant: Variant): Promise<string> {
  const whole = WHOLE[variant.chart];
  const base = VARIANTS.find(({ name }) => name === whole);
  if (!base) throw new Error(`there is no variant ${whole}`);
  const known = base === variant ? [] : await renderVariant(base, NEWEST);
  const knownTexts = new Set(known.map((manifest) => textOf([manifest])));
  const texts = (await renderVariant(variant, NEWEST)).map((manifest) => {
    const isKnown = knownTexts.has(textOf([manifest]));
    const { kind, metadata } = manifest;
    if (isKnown) return `# ${kind} ${metadata.name}: as in ${whole}\n`;
    return textOf([withNamedFiles(manifest)]);
  });
  return texts.join('---\n');
}

/** The object, with the paths of files in the place of their texts. */
function withNamedFiles(manifest: Manifest): Manifest {
  if (manifest.kind !== 'ConfigMap') return manifest;
  const entries = Object.entries<string>(manifest.data).map(([name, text]) => {
    const path = FILES.get(text.trim());
    return [name, path === undefined ? text : `as in ${path}`];
  });
  return { ...manifest, data: Object.fromEntries(entries) };
}

function textOf(manifests: Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n');
}

/** Lines that differ, with three around them; empty if none does. */
async function differences(from: string, to: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'golden-'));
  try {
    await writeFile(join(folder, 'from'), from);
    await writeFile(join(folder, 'to'), to);
    const parameters = ['-u', '--label', NEWEST, '--label', 'older', 'from', 'to'];
    return await new Promise((resolve, reject) => {
      execFile('diff', parameters, { cwd: folder, maxBuffer: 1e8 }, (error, stdout) =>
        error && error.code !== 1 ? reject(error) : resolve(stdout),
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
