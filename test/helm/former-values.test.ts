// Values of former versions: each is refused in a sentence that says what to do instead.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusalOf } from './refusal-of.ts';
import { CHARTS } from './render.ts';

const URL = 'store.url=redis://redis';
const UPGRADING = readFileSync(
  join(import.meta.dirname, '../../docs/kubernetes/upgrading.md'),
  'utf8',
);

type Schema = { deprecated?: boolean; properties?: Record<string, Schema> };

const FORMER = deprecatedIn(
  JSON.parse(readFileSync(join(CHARTS.application, 'values.schema.json'), 'utf8')),
);

/** Paths of the values that the schema knows as deprecated. */
function deprecatedIn({ properties = {} }: Schema, above = ''): string[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    schema.deprecated ? [above + name] : deprecatedIn(schema, `${above}${name}.`),
  );
}

test.each(FORMER)('%s', async (path) => {
  expect(await refusalOf([URL, `${path}=1`])).toMatch(
    new RegExp(`${path} is no longer a value: .*(remove it|set )`),
  );
  expect(UPGRADING).toContain(`\`${path}\``);
});

test('ipFamily of a sidecar', async () => {
  const refusal = await refusalOf([
    ...[URL, 'gateway.enabled=false', 'injection.enabled=true'],
    'injectedSidecar.ipFamily=IPv6',
  ]);
  expect(refusal).toContain('ipFamily is no longer a value: the sidecar listens');
});
