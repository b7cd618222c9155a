// What the charts render, kept in golden/: a change of a template shows in the objects that it
// changes. The newest version of Kubernetes is kept whole, for the others only what differs from
// it.
//
// After a wanted change: `npm run test:platform -- -u golden`, and read the difference.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from './render.ts';
import { renderVariant, VARIANTS, versionsOf } from './variants.ts';

const NEWEST = '1.36';

describe.each(VARIANTS)('$name', (variant) => {
  test(`renders for Kubernetes ${NEWEST} what it is known to`, async () => {
    const text = textOf(await renderVariant(variant, NEWEST));
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
