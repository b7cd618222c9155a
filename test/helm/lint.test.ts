import { expect, test } from 'vitest';
import { CHARTS, runHelm } from './render.ts';
import { VARIANTS } from './variants.ts';

test.each(VARIANTS)('helm lint --strict finds nothing in $name', async ({ chart, file }) => {
  const { stdout } = await runHelm(['lint', '--strict', '--values', file, CHARTS[chart]]);
  expect(stdout).toMatch(/1 chart\(s\) linted, 0 chart\(s\) failed/);
  expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
});
