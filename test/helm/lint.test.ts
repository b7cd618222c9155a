import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHARTS, runHelm } from './render.ts';
import { VARIANTS } from './variants.ts';

test.each(VARIANTS)('helm lint --strict finds nothing in $name', async ({ chart, file }) => {
  const { stdout } = await runHelm(['lint', '--strict', '--values', file, CHARTS[chart]]);
  expect(stdout).toMatch(/1 chart\(s\) linted, 0 chart\(s\) failed/);
  expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
});

test.each(Object.entries(CHARTS))(
  'helm lint of %s without values says what to set',
  async (_, folder) => {
    const { stdout, stderr } = await runHelm(['lint', '--strict', folder]);
    expect(stdout).toMatch(/1 chart\(s\) linted, 0 chart\(s\) failed/);
    expect(stdout).not.toMatch(/executing|nil pointer|\[(INFO|WARNING|ERROR)\]/);
    expect(stderr).toMatch(/set store\.url or redisCluster\.enabled|store\.url is needed/);
  },
);

test('the icon of each chart is the one of the repository', () => {
  const svg = readFileSync(join(CHARTS.application, 'docs/icon.svg'), 'base64');
  for (const folder of [
    ...Object.values(CHARTS),
    join(CHARTS.application, 'charts/session-sidecar'),
  ])
    expect(parse(readFileSync(join(folder, 'Chart.yaml'), 'utf8')).icon).toBe(
      `data:image/svg+xml;base64,${svg}`,
    );
});
