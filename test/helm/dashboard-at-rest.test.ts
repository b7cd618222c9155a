// What a healthy service that nobody calls yet shows: zeros, or words that say what is missing.
// Grafana's own "No data" would look like a fault of the monitoring.

import { expect, test } from 'vitest';
import { startProcess } from '../main/running-process.ts';
import { type Panel, renderDashboard } from './monitored-chart.ts';
import { type Selector, selectorsIn } from './promql.ts';

type Sample = { metric: string; labels: Record<string, string> };

/** What Prometheus or the monitors add. */
const ADDED_LABELS = ['cluster', 'job', 'namespace', 'pod', 'component'];

async function samplesAtRest(): Promise<Sample[]> {
  const exposition = await (
    await fetch(`http://${await startProcess().address('admin')}/metrics`)
  ).text();
  return [...exposition.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(
    ([, metric = '', labels = '']) => ({
      metric,
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      ),
    }),
  );
}

function matches({ metric, matchers }: Selector, sample: Sample): boolean {
  return (
    sample.metric === metric &&
    matchers.every(({ label, operator, value }) => {
      if (ADDED_LABELS.includes(label)) return true;
      const isOneOf = value.split('|').includes(sample.labels[label] ?? '');
      return operator.startsWith('!') ? !isOneOf : isOneOf;
    })
  );
}

test('no panel of a healthy service at rest is empty without saying why', async () => {
  const samples = await samplesAtRest();
  /** A comparison takes away what is zero; of `or` one side is enough. */
  const draws = (expression: string) =>
    expression
      .split(' or ')
      .some(
        (side) =>
          !/ > 0\b/.test(side) &&
          selectorsIn(side).every((selector) =>
            samples.some((sample) => matches(selector, sample)),
          ),
      );
  const isEmpty = ({ targets = [] }: Panel) => !targets.some(({ expr }) => draws(expr));
  const { panels } = await renderDashboard();
  const drawn = panels.filter(({ type }) => type !== 'row');
  const empty = drawn.filter(isEmpty);
  expect(empty.length).toBeGreaterThan(5);
  expect(empty.length).toBeLessThan(drawn.length / 2);
  expect(
    empty.filter(({ fieldConfig }) => !fieldConfig?.defaults.noValue).map(({ title }) => title),
  ).toEqual([]);
});
