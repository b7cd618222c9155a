// An upgrade must not touch what Kubernetes never lets anybody change: selectors, and most of a
// StatefulSet. A chart of another version, with other values, renders the same there.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHARTS, type Manifest, renderChart } from './render.ts';
import { optionsOf, VARIANTS } from './variants.ts';

/** What an upgrade may well change. */
const CHANGED = {
  application: [
    'image.tag=9.9.9',
    'settings.LOG_LEVEL=warn',
    'commonLabels.team=others',
    'commonAnnotations.team=others',
    'gateway.podLabels.team=bots',
    'redisCluster.podLabels.team=bots',
    'gateway.resources.limits.memory=1Gi',
    'redisCluster.resources.limits.memory=2Gi',
    'redisCluster.nodeTimeoutMs=7000',
  ],
  example: ['sessionSidecar.image.tag=9.9.9', 'sessionSidecar.settings.LOG_LEVEL=warn'],
} as const;

describe.each(VARIANTS)('$name', (variant) => {
  test('what cannot be changed stays the same at an upgrade', async () => {
    const options = optionsOf(variant, '1.36');
    const before = await renderChart(options);
    const newer = await newerChart(variant.chart);
    try {
      const after = await renderChart({
        ...options,
        folder: newer.folder,
        set: [...CHANGED[variant.chart]],
      });
      expect(immutableParts(after)).toEqual(immutableParts(before));
      expect(JSON.stringify(after)).not.toBe(JSON.stringify(before));
    } finally {
      await newer.remove();
    }
  });
});

/** What the API refuses to change, by object. */
function immutableParts(manifests: Manifest[]): Record<string, object> {
  return Object.fromEntries(
    manifests.flatMap((manifest) => {
      const part = immutablePart(manifest);
      return part === undefined ? [] : [[`${manifest.kind}/${manifest.metadata.name}`, part]];
    }),
  );
}

function immutablePart({ kind, spec }: Manifest): object | undefined {
  switch (kind) {
    case 'Deployment':
    case 'PodDisruptionBudget':
      return { selector: spec.selector };
    case 'Service':
      return { headless: spec.clusterIP, selector: spec.selector };
    case 'StatefulSet': {
      const {
        replicas,
        template,
        updateStrategy,
        minReadySeconds,
        persistentVolumeClaimRetentionPolicy,
        ...immutable
      } = spec;
      return immutable;
    }
    default:
      return undefined;
  }
}

/** A copy of a chart, one version later. */
async function newerChart(chart: keyof typeof CHARTS) {
  const root = await mkdtemp(join(tmpdir(), 'newer-'));
  await cp(join(CHARTS[chart], '..'), root, { recursive: true });
  const folder = join(root, CHARTS[chart].slice(CHARTS[chart].lastIndexOf('/') + 1));
  const manifest = join(folder, 'Chart.yaml');
  const text = await readFile(manifest, 'utf8');
  const newer = text
    .replace(/^version: .*$/m, 'version: 99.0.0')
    .replace(/^appVersion: .*$/m, 'appVersion: "99.0.0"');
  await writeFile(manifest, newer);
  return { folder, remove: () => rm(root, { recursive: true }) };
}
