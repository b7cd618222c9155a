import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { ERROR_TYPES } from '../../src/session/errors.ts';
import type { MetricDefinition } from '../../src/telemetry/metric-definition.ts';
import { METRICS, METRICS_PREFIX } from '../../src/telemetry/metrics-table.ts';
import { startTestApp } from '../support/running-app.ts';
import { codeSpans, pageTable } from './readme.ts';

const DEFINITIONS: MetricDefinition[] = Object.values(METRICS);
const OPERATIONS: readonly string[] = METRICS.storeRoundTrips.labels.operation;

/** Long lists of values that the page gives once, or that another page has. */
const LISTED_ELSEWHERE: readonly [string, string][] = [
  [ERROR_TYPES.join(', '), 'each `reason` of the [errors](errors.md)'],
  [OPERATIONS.join(', '), 'each operation, [below](#operations-of-the-store)'],
];

test('the table of metrics is the one in the code, with every value of every label', () => {
  const rows = DEFINITIONS.map(({ name, type, labels, help }) => {
    const labelTexts = Object.entries(labels).map(
      ([label, values]) =>
        `\`${label}\`: ${shortened(typeof values === 'string' ? values : values.join(', '))}`,
    );
    return [`\`${name}\``, type, labelTexts.join('<br>') || '–', help];
  });
  expect(pageTable('reference/metrics.md', 'metric')).toEqual(rows);
});

test('the page has the operations of the store', () => {
  const section = readFileSync('docs/reference/metrics.md', 'utf8').split('## Operations')[1];
  expect(section?.match(/`\w+`/g)).toEqual(OPERATIONS.map((name) => `\`${name}\``));
});

test('what a running service exports is what the table has, beside the metrics of Node', async () => {
  const app = await startTestApp();
  onTestFinished(app.stop);
  const exposition = await (await fetch(`${app.admin}/metrics`)).text();
  const exported = [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    .map(([, name = '', type = '']) => [name, type] as const)
    .filter(([name]) => !/^(process|nodejs)_/.test(name.slice(METRICS_PREFIX.length)));
  const shown = pageTable('reference/metrics.md', 'metric').map(
    ([name = '', type = '']) => [codeSpans(name)[0], type] as const,
  );
  expect(Object.fromEntries(exported)).toEqual(Object.fromEntries(shown));
});

function shortened(values: string): string {
  return LISTED_ELSEWHERE.reduce((text, [list, place]) => text.replace(list, place), values);
}
