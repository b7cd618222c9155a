// Every object that the charts make is one of its kind, by the schemas of Kubernetes and of the
// custom resources: no member that does not exist, none of the wrong type.

import { describe, expect, test } from 'vitest';
import { renderText } from './render.ts';
import { problemsOf } from './schema-problems.ts';
import { KUBE_VERSIONS, optionsOf, VARIANTS, versionsOf } from './variants.ts';

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
