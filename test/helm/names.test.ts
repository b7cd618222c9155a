// Names of objects: whatever Helm lets a release, and a chart among others, be called, they are
// names that the API server takes. Those of Services are the strictest: no dots, no capitals, 63
// characters.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { CHARTS, type Manifest, type RenderOptions, renderChart } from './render.ts';

const STORE = { store: { url: 'redis://redis:6379' } };
const NAME_OF_A_SERVICE = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

describe('names are such that Services may have them', () => {
  test.each<[string, RenderOptions]>([
    ['of a release with dots', { release: 'bots.v2' }],
    ['of a release with the longest name', { release: 'a'.repeat(53) }],
    ['that values give, with dots', { set: ['fullnameOverride=sessions.v2'] }],
    ['that are cut at a dash', { set: [`fullnameOverride=${'a'.repeat(38)}---b`] }],
  ])('%s', async (_, options) => {
    expect(badNamesIn(await renderChart({ values: STORE, ...options }))).toEqual([]);
  });
});

describe('in another chart', () => {
  let parent: string;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'parent-'));
    const { application } = CHARTS;
    await cp(application, join(parent, 'charts/cognigy-session-sidecar'), { recursive: true });
    const dependency = { name: 'cognigy-session-sidecar', version: '0.1.0' };
    const dependencies = ['botSessions', 'testSessions'].map((alias) => ({
      ...dependency,
      alias,
      condition: `${alias}.enabled`,
    }));
    const chart = { apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies };
    await writeFile(join(parent, 'Chart.yaml'), stringify(chart));
  });
  afterAll(() => rm(parent, { recursive: true }));

  test('it has the names of its alias, and values of the whole release', async () => {
    const values = {
      global: { imageRegistry: 'mirror', others: { of: 'parents' } },
      botSessions: { enabled: true, ...STORE },
      testSessions: { enabled: true, ...STORE },
    };
    const manifests = await renderChart({ folder: parent, values });
    expect(badNamesIn(manifests)).toEqual([]);
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual([
      'session-botsessions-gateway',
      'session-testsessions-gateway',
    ]);
    for (const { spec } of deployments)
      expect(spec.template.spec.containers[0].image).toMatch(/^mirror\/cognigy-session-sidecar:/);
  });

  test('a condition leaves it out', async () => {
    const values = { botSessions: { enabled: true, ...STORE }, testSessions: { enabled: false } };
    const names = (await renderChart({ folder: parent, values })).map(
      ({ metadata }) => metadata.name,
    );
    expect(names.filter((name) => !name.startsWith('session-botsessions'))).toEqual([]);
  });
});

function badNamesIn(manifests: Manifest[]): string[] {
  return manifests
    .map(({ metadata }) => metadata.name)
    .filter((name) => !NAME_OF_A_SERVICE.test(name));
}
