import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageManifest from '../../package.json' with { type: 'json' };
import { renderWithSidecar } from './example-pod.ts';
import { CHARTS } from './render.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

test.each([
  [
    'by default, the version of the library',
    {},
    {},
    `cognigy-session-sidecar:${packageManifest.version}`,
  ],
  [
    'a registry and a tag',
    { registry: 'registry.internal/', tag: '2.0' },
    {},
    'registry.internal/cognigy-session-sidecar:2.0',
  ],
  [
    'a digest in place of the tag',
    { tag: '2.0', digest: DIGEST },
    {},
    `cognigy-session-sidecar@${DIGEST}`,
  ],
  [
    'the registry of the whole release',
    { registry: 'other' },
    { imageRegistry: 'mirror:5000' },
    `mirror:5000/cognigy-session-sidecar:${packageManifest.version}`,
  ],
])('the image is named after %s', async (_, image, global, expected) => {
  const { sidecar } = await renderWithSidecar({ image }, { global });
  expect(sidecar.image).toBe(expected);
});

test('Secrets for pulling are names, or objects with a name', async () => {
  const { spec } = await renderWithSidecar(
    {},
    { global: { imagePullSecrets: ['a', { name: 'b' }] } },
  );
  expect(spec.imagePullSecrets).toEqual([{ name: 'a' }, { name: 'b' }]);
});

describe.each(['.', 'charts/session-sidecar'])('the chart in %s', (folder) => {
  test('has the version of the service', () => {
    const chart = parse(readFileSync(join(CHARTS.application, folder, 'Chart.yaml'), 'utf8'));
    expect(chart.appVersion).toBe(packageManifest.version);
  });
});
