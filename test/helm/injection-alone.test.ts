// Sidecars without a gateway: their own store is enough, and nothing speaks of one that is not
// there.

import { describe, expect, test } from 'vitest';
import { environmentOf } from './example-pod.ts';
import { injectedPartsOf } from './injected-parts.ts';
import { notesFor } from './notes-for.ts';
import { refusalOf } from './refusal-of.ts';
import { renderChart } from './render.ts';

const POLICY = 'MutatingAdmissionPolicy';
const APIS = [`admissionregistration.k8s.io/v1/${POLICY}`];

/** Injection alone, into Pods that have this store. */
const withStore = (url: string) => ({
  gateway: { enabled: false },
  injection: { enabled: true },
  injectedSidecar: { store: { url } },
});

test('the store of the sidecars is enough, and nothing else is made', async () => {
  const manifests = await renderChart({ values: withStore('rediss://a'), apiVersions: APIS });
  const kinds = manifests.map(({ kind }) => kind);
  expect(kinds).toEqual(['ServiceAccount', POLICY, `${POLICY}Binding`]);
});

test('the sidecar has that store', async () => {
  const manifests = await renderChart({ values: withStore('rediss://a:7000'), apiVersions: APIS });
  const { sidecar } = injectedPartsOf(manifests);
  expect(environmentOf(sidecar)).toMatchObject({ STORE_URL: 'rediss://a:7000' });
});

describe('a store is asked for', () => {
  test.each([
    ['where sidecars have none', withStore('')],
    ['where a gateway needs one', { ...withStore('redis://a'), gateway: { enabled: true } }],
    ['where sidecars are not asked for', { injectedSidecar: { store: { url: 'redis://a' } } }],
  ])('%s', async (_, values) => {
    expect(await refusalOf([], values)).toContain('no store is configured');
  });
});

describe('the notes', () => {
  const KEPT = /^Sessions are kept in (.*)\.$/m;

  test.each([
    ['that of the sidecars', withStore('rediss://b'), 'rediss://b'],
    [
      'not that of a gateway that is none',
      { ...withStore('rediss://b'), store: { url: 'rediss://a' } },
      'rediss://b',
    ],
    [
      'both',
      { ...withStore('rediss://b'), gateway: { enabled: true }, store: { url: 'rediss://a' } },
      'rediss://a and rediss://b',
    ],
    [
      'the same once',
      { ...withStore('rediss://a'), gateway: { enabled: true }, store: { url: 'rediss://a' } },
      'rediss://a',
    ],
    [
      'the bundled cluster beside it',
      { ...withStore('rediss://b'), gateway: { enabled: true }, redisCluster: { enabled: true } },
      'the Redis Cluster of this release and rediss://b',
    ],
  ])('name %s', async (_, values, expected) => {
    expect(KEPT.exec(await notesFor(values))?.[1]).toBe(expected);
  });

  test('warn of the store of the sidecars', async () => {
    const notes = await notesFor(withStore('redis://redis-ha:6379'));
    expect(notes).toMatch(/redis-ha of Cognigy\.AI evicts/);
    expect(notes).toMatch(/in plain text/);
    expect(await notesFor(withStore('rediss://redis:6379'))).not.toMatch(/evicts|plain text/);
  });
});
